/** One media file against the slices that were hashed while it was written. */
import { digest, hex, joined } from "./bytes.js";
import { frames } from "./matroska.js";
import { second } from "./spans.js";

/** @typedef {import("./evidence.js").Slice} Slice */
/** @typedef {import("./evidence.js").Finding} Finding */

/** Which slices a file does not hold, and how many frames nobody captured. @param {Uint8Array} data @param {string} codec @param {import("./evidence.js").Slice[]} slices */
async function heldAgainst(data, codec, slices) {
  const counted = frames(data);
  const next = () => {
    for (let each = counted.next(); !each.done; each = counted.next())
      if (codec !== "opus" || each.value.data.length > 1) return each.value;
    return null;
  };
  const changed = [];
  for (const slice of slices) {
    const parts = [];
    for (let n = 0; n < slice.frames; n += 1) {
      const frame = next();
      if (frame === null) break;
      const head = new DataView(new ArrayBuffer(8));
      head.setUint32(0, frame.ms);
      head.setUint32(4, frame.data.length);
      parts.push(new Uint8Array(head.buffer), frame.data);
    }
    if (hex(await digest(joined(parts))) !== slice.sha256) changed.push(slice);
  }
  let surplus = 0;
  while (next() !== null) surplus += 1;
  return { changed, surplus };
}

/**
 * What is wrong with a file, and in which seconds; `slices` is null in the former format, which had none.
 * @param {Record<string, any>} segment @param {string} codec @param {Uint8Array | null} data @param {Slice[] | null} slices
 * @returns {Promise<Finding[]>}
 */
export async function fileFindings(segment, codec, data, slices) {
  const { file, from_ms, to_ms, bytes, sha256: hash } = segment;
  const whole = second(from_ms, to_ms);
  if (data === null) return [{ code: "file_missing", where: `${file}, ${whole}` }];
  const { changed, surplus } = await heldAgainst(data, codec, slices ?? []);
  const [first, last] = [changed[0], changed.at(-1)];
  const where = first && last ? second(first.from_ms, last.last_ms) : whole;
  if (data.length !== bytes)
    return [{ code: "file_length", where: `${file}: ${data.length} bytes instead of ${bytes}, ${where}` }];
  if (hex(await digest(data)) !== hash) return [{ code: "file_hash", where: `${file}, ${where}` }];
  const differs = slices !== null && (changed.length > 0 || surplus > 0);
  return differs ? [{ code: "not_as_captured", where: `${file}, ${where}` }] : [];
}
