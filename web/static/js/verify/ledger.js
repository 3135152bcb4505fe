/** Who could receive whom, as the evidence says it, and what of it can be held against the session log. */
import { whole } from "./spans.js";

/** @typedef {import("./evidence.js").Entry} Entry */
/** @typedef {{from_ms: number, to_ms: number, receivers: Record<string, string[]>}} Hearing */

/** Who could receive whom, without a break; never too few while it changed. @param {Entry[]} lines @param {number} total @returns {Hearing[]} */
export function ledgerOf(lines, total) {
  /** @type {{at: number, receivers: Record<string, string[]>}[]} */
  const steps = [];
  /** @type {Record<string, string[]>} */
  let before = {};
  let begun = 0; // a process that goes on after a restart has told its forwarder nothing before it did
  for (const line of lines) {
    if (line.is === "resumed") begun = whole(line.at_ms);
    if (line.is !== "audience") continue;
    const after = receiversOf(line);
    const [told, kept] = [Math.max(begun, whole(line.from_ms)), whole(line.at_ms)];
    if (told < kept) steps.push({ at: told, receivers: both(before, after) });
    steps.push({ at: kept, receivers: after });
    before = after;
  }
  return steps
    .map(({ at, receivers }, n) => ({
      from_ms: at,
      to_ms: Math.min(steps[n + 1]?.at ?? total, total),
      receivers,
    }))
    .filter((each) => each.from_ms < each.to_ms);
}

/** @param {Entry} entry @returns {Record<string, string[]>} */
export function receiversOf(entry) {
  const raw = entry.receivers ?? {};
  return Object.fromEntries(
    Object.entries(raw).filter(([, heard]) => Array.isArray(heard) && heard.length > 0),
  );
}

/** @param {Record<string, string[]>} one @param {Record<string, string[]>} other */
function both(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((each) => [each, [...(one[each] ?? []), ...(other[each] ?? [])]]));
}

/** A stretch without those in which nobody could have kept to anything. @param {number} start @param {number} end @param {[number, number][]} away @returns {[number, number]} */
export function witnessed(start, end, away) {
  let [from, to] = [start, end];
  for (const [since, until] of away) {
    if (since <= from && from < until) from = until;
    else if (from < since && since < to) to = since;
  }
  return [from, to];
}

/** @param {Record<string, string[]>} kept @param {Record<string, string[]>} wanted */
export const isWider = (kept, wanted) =>
  Object.entries(kept).some(([who, heard]) => heard.some((each) => !(wanted[who] ?? []).includes(each)));
