/** Stretches of a sitting: written as people find them on a player, and held against one another; knows no evidence. */

/** 01:02:03.400–01:02:04.380 @param {number} from @param {number} to ms */
export const second = (from, to) => `${moment(from)}–${moment(to)}`;

/** 01:02:03.400 @param {number} ms */
export function moment(ms) {
  const all = Math.floor(Math.max(0, ms) / 1000);
  const parts = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const rest = String(Math.max(0, ms) % 1000).padStart(3, "0");
  return `${parts.map((each) => String(each).padStart(2, "0")).join(":")}.${rest}`;
}

/** A number of ms, or 0 for what is none. @param {unknown} value */
export const whole = (value) => (Number.isInteger(value) ? Number(value) : 0);

/**
 * Whether a stretch lies in one of these, each widened by so much and joined where they then touch.
 * @param {{from_ms: number, last_ms: number}} each @param {{from_ms: number, to_ms: number}[]} spans @param {number} by
 */
export function within({ from_ms, last_ms }, spans, by) {
  /** @type {[number, number][]} */
  const joined = [];
  for (const { from_ms: since, to_ms: until } of [...spans].sort((a, b) => a.from_ms - b.from_ms)) {
    const last = joined.at(-1);
    if (last !== undefined && since - by <= last[1]) last[1] = Math.max(last[1], until + by);
    else joined.push([Math.max(0, since - by), until + by]);
  }
  return joined.some(([since, until]) => since <= from_ms && last_ms <= until);
}
