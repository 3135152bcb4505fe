/** The frames of a Matroska file (RFC 9559) with one track and no lacing, in order, up to where it is torn. */

const ENTERED = new Set([0x18538067, 0x1f43b675, 0xa0]); // segment, cluster, block group
const [TIMESTAMP, SIMPLE_BLOCK, BLOCK] = [0xe7, 0xa3, 0xa1];

/** @typedef {{number: number, body: number, size: number}} Head */

/** @param {Uint8Array} data @returns {Generator<{ms: number, data: Uint8Array}>} */
export function* frames(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let base = 0;
  for (const { number, body, size } of elements(data)) {
    const end = body + size;
    if (number === TIMESTAMP) base = bigEndian(data, body, end);
    if (number !== SIMPLE_BLOCK && number !== BLOCK) continue;
    if (size < 4 || (view.getUint8(body + 3) & 0x06) !== 0) return;
    yield { ms: base + view.getInt16(body + 1), data: data.subarray(body + 4, end) };
  }
}

/** Every whole element with content, those inside others as well. @param {Uint8Array} data @returns {Generator<Head>} */
function* elements(data) {
  let at = 0;
  for (let head = headAt(data, at); head !== null; head = headAt(data, at)) {
    const entered = ENTERED.has(head.number);
    at = entered ? head.body : head.body + head.size;
    if (at > data.length) return;
    if (!entered) yield head;
  }
}

/** @param {Uint8Array} data @param {number} at @returns {Head | null} */
function headAt(data, at) {
  if (at + 2 > data.length) return null;
  const sizeAt = at + Math.clz32(data[at] ?? 0) - 23;
  if (sizeAt - at > 4 || sizeAt >= data.length) return null;
  const first = data[sizeAt] ?? 0;
  const sizeLength = Math.clz32(first) - 23;
  const body = sizeAt + sizeLength;
  if (sizeLength > 8 || body > data.length) return null;
  let size = sizeLength === 8 ? 0 : first & ((1 << (8 - sizeLength)) - 1);
  for (let n = sizeAt + 1; n < body; n += 1) size = size * 256 + (data[n] ?? 0);
  return { number: bigEndian(data, at, sizeAt), body, size };
}

/** @param {Uint8Array} data @param {number} from @param {number} to */
function bigEndian(data, from, to) {
  let value = 0;
  for (let n = from; n < to; n += 1) value = value * 256 + (data[n] ?? 0);
  return value;
}
