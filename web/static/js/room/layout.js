/** Where each seat stands: parties above, each side in its own column, neutral seats below. Pure. */

/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {{participant: string, row: number, column: number, span: number}} Place row and column from 1 */
/** @typedef {{columns: number, rows: number, places: Place[], hidden: string[]}} Layout columns counted in half seats */

const MOST = 9;
/** @type {Record<string, number>} */
const ORDER = { applicant: 0, third: 1, respondent: 2, neutral: 3 };

/** @param {number} count @returns {number} seats side by side */
const across = (count) => (count <= 1 ? 1 : count <= 4 ? 2 : 3);

/**
 * Seats of at most nine people: 1×2, 2×2, 3×2, 3×3. Beyond nine the neutral seats that do not speak give way.
 * @param {Person[]} people @param {Set<string>} speaking
 * @returns {Layout}
 */
export function arranged(people, speaking) {
  const { shown, hidden } = bounded(people, speaking);
  const columns = across(shown.length);
  const rows =
    shown.length <= 2 ? [shown] : [...partyRows(shown, columns), ...chunks(shown.filter(isNeutral), columns)];
  const places = rows.flatMap((row, index) => placed(row, index + 1, columns));
  return { columns: columns * 2, rows: rows.length, places, hidden: hidden.map((each) => each.participant) };
}

/** @param {Person} person */
const isNeutral = (person) => person.side === "neutral";

/** @param {Person[]} people @param {Set<string>} speaking */
function bounded(people, speaking) {
  const sorted = [...people].sort((a, b) => (ORDER[a.side] ?? 9) - (ORDER[b.side] ?? 9));
  const keeps = (/** @type {Person} */ each) =>
    !isNeutral(each) || each.presider || each.you || speaking.has(each.participant);
  const ranked = [...sorted.filter(keeps), ...sorted.filter((each) => !keeps(each))];
  const chosen = new Set(ranked.slice(0, MOST));
  return { shown: sorted.filter((each) => chosen.has(each)), hidden: ranked.slice(MOST) };
}

/**
 * One row when everybody fits; else each side fills a column of its own from the outside in.
 * @param {Person[]} shown @param {number} columns @returns {Person[][]}
 */
function partyRows(shown, columns) {
  const parties = shown.filter((each) => !isNeutral(each));
  if (parties.length <= columns) return parties.length ? [parties] : [];
  const sides = ["applicant", "third", "respondent"].map((side) =>
    parties.filter((each) => each.side === side),
  );
  const present = sides.filter((side) => side.length > 0);
  if (present.length === 1) return chunks(parties, columns);
  const depth = Math.max(...present.map((side) => side.length));
  return Array.from({ length: depth }, (_, row) => present.flatMap((side) => side.slice(row, row + 1)));
}

/** @param {Person[]} people @param {number} size @returns {Person[][]} */
function chunks(people, size) {
  return Array.from({ length: Math.ceil(people.length / size) }, (_, n) =>
    people.slice(n * size, n * size + size),
  );
}

/** @param {Person[]} row @param {number} number @param {number} columns @returns {Place[]} centred in its row */
function placed(row, number, columns) {
  const first = Math.max(1, columns - row.length + 1);
  return row.map((each, index) => ({
    participant: each.participant,
    row: number,
    column: first + index * 2,
    span: 2,
  }));
}
