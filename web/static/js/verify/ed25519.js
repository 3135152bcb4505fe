/** Ed25519 signatures (RFC 8032): by the browser where it can, else by hand, slower; knows no evidence. */
import { joined } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n));
const ROOT = power(2n, (P - 1n) / 4n);

/** A point as X:Y:Z:T. @typedef {[bigint, bigint, bigint, bigint]} Point */

/** @param {Uint8Array} key 32 bytes @param {Uint8Array} message @param {Uint8Array} signature 64 bytes */
export async function signedBy(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  try {
    const raw = /** @type {BufferSource} */ (key);
    const made = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    const [said, about] = /** @type {BufferSource[]} */ ([signature, message]);
    return await crypto.subtle.verify("Ed25519", made, said ?? raw, about ?? raw);
  } catch {
    return byHand(key, message, signature); // a browser that does not know Ed25519
  }
}

/** @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature */
export async function byHand(key, message, signature) {
  const nonce = signature.slice(0, 32);
  const [a, r, s] = [decoded(key), decoded(nonce), number(signature.slice(32))];
  if (a === null || r === null || s >= L) return false;
  const content = /** @type {BufferSource} */ (joined([nonce, key, message]));
  const k = number(new Uint8Array(await crypto.subtle.digest("SHA-512", content))) % L;
  return same(times(s, base()), plus(r, times(k, a)));
}

/** @param {bigint} value */
function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** @param {bigint} value @param {bigint} exponent */
function power(value, exponent) {
  let [result, square, left] = [1n, mod(value), exponent];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

/** @param {bigint} value */
function inverse(value) {
  return power(value, P - 2n);
}

/** Little endian. @param {Uint8Array} bytes */
const number = (bytes) => bytes.reduceRight((sum, each) => (sum << 8n) | BigInt(each), 0n);

/** @param {bigint} y @param {bigint} odd @returns {Point | null} */
function onCurve(y, odd) {
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * ROOT);
  if (mod(x * x - square) !== 0n || (x === 0n && odd === 1n)) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** @param {Uint8Array} bytes @returns {Point | null} */
function decoded(bytes) {
  const value = number(bytes);
  const y = value & (2n ** 255n - 1n);
  return y < P ? onCurve(y, value >> 255n) : null;
}

/** @returns {Point} */
function base() {
  return /** @type {Point} */ (onCurve(mod(4n * inverse(5n)), 0n));
}

/** @param {Point} p @param {Point} q @returns {Point} */
function plus([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/** @param {bigint} factor @param {Point} point @returns {Point} */
function times(factor, point) {
  /** @type {Point} */
  let sum = [0n, 1n, 1n, 0n];
  let [twice, left] = [point, factor];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) sum = plus(sum, twice);
    twice = plus(twice, twice);
  }
  return sum;
}

/** @param {Point} p @param {Point} q */
const same = ([x1, y1, z1], [x2, y2, z2]) => mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
