/** What may be time-stamped, and since when it was there; knows no token. */
import { second } from "./spans.js";

/** @typedef {import("./evidence.js").Entry} Entry */

/** @param {Entry[]} checkpoints @param {string} integrity */
export function subjectsOf(checkpoints, integrity) {
  const found = new Map();
  let [before, wall] = [0, Number.NaN];
  for (const each of checkpoints) {
    wall = Date.parse(each.wall);
    found.set(`checkpoint:${each.n}`, {
      digest: each.digest,
      wall,
      where: `checkpoint ${each.n}, ${second(before, each.at_ms)}`,
    });
    before = each.at_ms;
  }
  return found.set("manifest", { digest: integrity, wall, where: "manifest" });
}
