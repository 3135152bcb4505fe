/** What the files of an export say, read without trust: objects, manifests, entries of the session log; no check of media. */
import { canonical, hex, sha256, utf8 } from "./bytes.js";
import { signs } from "./evidence.js";

/** @typedef {import("./evidence.js").Entry} Entry */

/** @param {Uint8Array} data @returns {Entry | null} */
export function objectIn(data) {
  try {
    const said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
    return said !== null && typeof said === "object" && !Array.isArray(said) ? said : null;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} data @returns {Entry | null} */
export function asManifest(data) {
  const said = objectIn(data);
  const lists = [said?.tracks, said?.gaps, said?.participants, said?.walls].every(Array.isArray);
  const known =
    said?.format === "mediation-recording/2"
      ? said.evidence && Array.isArray(said.keys) && Array.isArray(said.stamps)
      : said?.format === "mediation-recording/1" && !("evidence" in said);
  return lists && known && said?.log && isOfLosses(said.losses) && isSound(said) ? said : null;
}

/** @param {unknown} losses */
const isOfLosses = (losses) =>
  isObject(losses) && Object.values(/** @type {Entry} */ (losses)).every((each) => isObject(each));

const NUMBERS = new Set("total_ms recorded_ms at_ms from_ms to_ms bytes seq leaves checkpoints".split(" "));
const OPTIONAL = new Set(["to_ms", "until"]);

/**
 * Whether every number is a number and every text a text, all the way down: what is read may have been forged.
 * @param {unknown} value @param {string} [name] @returns {boolean}
 */
function isSound(value, name = "") {
  if (value === null) return OPTIONAL.has(name);
  if (NUMBERS.has(name)) return Number.isInteger(value);
  if (name === "repaired") return typeof value === "boolean";
  if (Array.isArray(value)) return value.every((each) => isSound(each, name));
  if (!isObject(value)) return typeof value === "string";
  const inner = Object.entries(/** @type {Entry} */ (value));
  return inner.every(([key, each]) => key === "losses" || isSound(each, key));
}

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** An entry whose reader may not know what it says: only its place in the chain is there. @param {Entry} event */
export const isWithheld = (event) => !("kind" in event);

/** @param {Entry} event @param {string} previous @param {number} expected @returns {string} */
export function broken(event, previous, expected) {
  if (event.seq !== expected) return "missing_entry";
  if (event.previous !== previous) return "previous_hash";
  if (isWithheld(event)) return typeof event.hash === "string" ? "" : "content";
  const { session_id: session, seq, at, offset_ms, actor, kind, payload } = event;
  const said = canonical({ session, seq, at, offset_ms, actor, kind, payload });
  return hex(sha256(utf8(previous + said))) === event.hash ? "" : "content";
}

/** @param {Entry[]} keys @returns {Promise<string>} */
export async function firstUnendorsed(keys) {
  for (let n = 1; n < keys.length; n += 1) {
    const [before, after] = [keys[n - 1] ?? {}, keys[n] ?? {}];
    const { id, public: key, since, endorsed_by, endorsement: signature } = after;
    const named = { id, public: key, since, endorsed_by, signature };
    if (endorsed_by !== before.id || !(await signs(before.public, "mediation-key/1\n", named))) return id;
  }
  return "";
}

/** @param {Entry} gap */
export const gapText = ({ from_ms, to_ms, reason }) => `${from_ms} ${to_ms} ${reason}`;

/** @param {Entry} manifest @param {string} file */
export const unreadable = ({ losses }, file) =>
  Object.entries(losses).some(
    ([name, each]) => name.replace(/\.part$/, "") === file && /** @type {Entry} */ (each).unreadable,
  );
