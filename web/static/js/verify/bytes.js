/** Bytes of the verifier: hexadecimal, base64, canonical JSON and a SHA-256 that need not be awaited; knows no evidence. */

const TEXT = new TextEncoder();

/** @param {string} text */
export const utf8 = (text) => TEXT.encode(text);

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");

/** @param {string} text @returns {Uint8Array} throws for what is no hexadecimal */
export function unhex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * What this is the base64 of, and no other text is: a changed pad bit is a change.
 * @param {string} text @returns {Uint8Array} throws for what is no base64
 */
export function unbase64(text) {
  const data = atob(text);
  if (btoa(data) !== text) throw new TypeError("base64");
  return Uint8Array.from(data, (each) => each.charCodeAt(0));
}

/** @param {Uint8Array[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** Keys sorted, no white space: equal values give equal texts. @param {unknown} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}

/** Of large content, by the browser. @param {Uint8Array} bytes */
export const digest = async (bytes) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes)));

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = (n ** (1 / 2) % 1) * 2 ** 32;
    K[found] = (n ** (1 / 3) % 1) * 2 ** 32;
    found += 1;
  }
}

/** @param {number} value @param {number} by */
const turned = (value, by) => (value >>> by) | (value << (32 - by));

/** Of small content, at once (FIPS 180-4). @param {Uint8Array} bytes @returns {Uint8Array} */
export function sha256(bytes) {
  const padded = new Uint8Array(((bytes.length + 72) >>> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = START.slice();
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) mixBlock(view, at, words, state);
  const out = new Uint8Array(32);
  const told = new DataView(out.buffer);
  state.forEach((each, index) => {
    told.setUint32(index * 4, each);
  });
  return out;
}

/** @param {DataView} view @param {number} at @param {Uint32Array} w @param {Uint32Array} state */
function mixBlock(view, at, w, state) {
  for (let n = 0; n < 16; n += 1) w[n] = view.getUint32(at + 4 * n);
  for (let n = 16; n < 64; n += 1) {
    const [x, y] = [w[n - 15] ?? 0, w[n - 2] ?? 0];
    const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    w[n] = (w[n - 16] ?? 0) + low + (w[n - 7] ?? 0) + high;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let n = 0; n < 64; n += 1) {
    const one =
      h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + (K[n] ?? 0) + (w[n] ?? 0);
    const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((each, index) => {
    state[index] = (state[index] ?? 0) + each;
  });
}
