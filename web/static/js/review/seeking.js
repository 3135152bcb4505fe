/** Where to go from here: the next voice, the next event, the end of a silence, a second named by a link; pure. */

/** @import { Review, Span } from "../../../types/review" */

const SILENCE_MS = 1500; // shorter ones belong to the conversation
const LEAD_MS = 300; // the breath before a word
const JUST_NOW_MS = 250; // whoever stands at a place wants the next one

/** Entries of the log that are worth a jump, and their icons on the time line. */
export const MARKS = new Map([
  ["started", "flag"],
  ["caucus_opened", "caucus"],
  ["suspended", "pause"],
  ["disconnected", "alert"],
  ["missed", "ear"],
  ["removed", "leave"],
  ["concluded", "agree"],
]);

/**
 * Everybody's words in one row, earliest first.
 * @param {Review} review
 * @returns {Span[]}
 */
export function speech(review) {
  return review.lanes.flatMap((lane) => lane.speaking).sort((a, b) => a.from_ms - b.from_ms);
}

/**
 * Where events, gaps, lines and documents begin, each moment once, earliest first.
 * @param {Review} review
 * @returns {number[]}
 */
export function events(review) {
  const all = [
    ...review.moments.filter((each) => MARKS.has(each.kind)).map((each) => each.offset_ms),
    ...review.gaps.flatMap((each) => [each.from_ms, each.to_ms]),
    ...review.sources.flatMap((source) =>
      source.kind === "captions" ? [] : source.lines.map((each) => each.offset_ms),
    ),
  ];
  return [...new Set(all)].sort((a, b) => a - b);
}

/**
 * The first or last of some moments on one side of a position; the position itself when there is none.
 * @param {number[]} moments ordered
 * @param {number} at
 * @param {boolean} back
 */
export function beside(moments, at, back) {
  const found = back
    ? moments.filter((each) => each < at - JUST_NOW_MS * 4).at(-1)
    : moments.find((each) => each > at + JUST_NOW_MS);
  return found ?? at;
}

/**
 * Where the next word begins when nobody speaks and nobody will for a while; null while somebody does, in a gap, which
 * has a card that says what it is, and where nothing more is said.
 * @param {Review} review
 * @param {Span[]} words ordered, of `speech`
 * @param {number} at
 */
export function afterSilence(review, words, at) {
  if (words.some((each) => each.from_ms - LEAD_MS <= at && at < each.to_ms)) return null;
  if (review.gaps.some((each) => each.from_ms <= at && at < each.to_ms)) return null;
  const word = words.find((each) => each.from_ms > at);
  const gap = review.gaps.find((each) => each.from_ms > at);
  const next = Math.min(word ? word.from_ms - LEAD_MS : Infinity, gap ? gap.from_ms : Infinity);
  return Number.isFinite(next) && next - at > SILENCE_MS ? next : null;
}

/**
 * The moment that an address names, in ms, or null: `#t=83.5`.
 * @param {string} hash
 */
export function named(hash) {
  const second = /^#t=(\d+(?:\.\d+)?)$/.exec(hash)?.[1];
  return second === undefined ? null : Number(second) * 1000;
}
