/** Time stamps of a recording: whether each is of what it claims, holds, and came in time. */
import { unbase64 } from "./bytes.js";
import { second } from "./spans.js";
import { checked } from "./tokens.js";

/** @typedef {import("./evidence.js").Entry} Entry */
/** @typedef {{findings: import("./evidence.js").Finding[], authorities: Set<string>, stamped: Date[]}} Stamps */

const [EARLY_MS, LATE_MS] = [5 * 60_000, 24 * 3_600_000];

/** @param {Entry[]} stamps each once @param {Entry[]} checkpoints @param {string} integrity @returns {Promise<Stamps>} */
export async function stampFindings(stamps, checkpoints, integrity) {
  /** @type {Stamps} */
  const found = { findings: [], authorities: new Set(), stamped: [] };
  const subjects = subjectsOf(checkpoints, integrity);
  const name = (/** @type {Entry} */ each) => `${each.subject} ${each.digest} ${each.token}`;
  for (const { subject, digest: claimed, token } of stamps.sort((a, b) => (name(a) < name(b) ? -1 : 1))) {
    const about = subjects.get(subject);
    if (about?.digest !== claimed) found.findings.push({ code: "stamp_digest", where: subject });
    else await hold(about, token, found);
  }
  return found;
}

/** @param {{digest: string, wall: number, where: string}} about @param {string} token @param {Stamps} found */
async function hold(about, token, found) {
  try {
    const said = await checked(unbase64(token), about.digest);
    found.authorities.add(said.certificate);
    found.stamped.push(said.at);
    const at = said.at.getTime();
    const isOut = at < about.wall - EARLY_MS || at > about.wall + LATE_MS; // no checkpoint, no time to compare
    if (!isOut) return;
    const when = said.at.toISOString().slice(0, 19).replace("T", " ");
    found.findings.push({ code: "stamp_late", where: `${about.where}: ${when} UTC` });
  } catch {
    found.findings.push({ code: "stamp_invalid", where: about.where });
  }
}

/** @param {Entry[]} checkpoints @param {string} integrity */
function subjectsOf(checkpoints, integrity) {
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
