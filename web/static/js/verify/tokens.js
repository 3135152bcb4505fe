/** Time stamps (RFC 3161): read, and checked down to the certificate; whom to trust is for the reader to say. */
import { digest, hex } from "./bytes.js";

const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const [CONTENT_TYPE, MESSAGE_DIGEST] = ["1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"];
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47";
const USAGE = "2.5.29.37";
const FOR_TIME_STAMPS = "1.3.6.1.5.5.7.3.8";
const SHA256 = "2.16.840.1.101.3.4.2.1";
/** @type {Record<string, string>} */
const HASHES = {
  [SHA256]: "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const ECDSA = new Map([
  ["1.2.840.10045.4.3.2", "SHA-256"],
  ["1.2.840.10045.4.3.3", "SHA-384"],
  ["1.2.840.10045.4.3.4", "SHA-512"],
]);
const RSA = new Set([1, 11, 12, 13].map((n) => `1.2.840.113549.1.1.${n}`));
/** @type {Record<string, [string, number]>} */
const CURVES = { "1.2.840.10045.3.1.7": ["P-256", 32], "1.3.132.0.34": ["P-384", 48] };
const [FIRST, SEQUENCE, SET, OCTETS, OID, INTEGER, TIME] = [0xa0, 0x30, 0x31, 0x04, 0x06, 0x02, 0x18];

/** @typedef {{tag: number, content: Uint8Array, whole: Uint8Array}} Element */
/** @typedef {{at: Date, certificate: string}} Token when, and the SHA-256 of the signer's certificate */

/** What a token over this SHA-256 says; throws when it does not hold. @param {Uint8Array} data @param {string} wanted @returns {Promise<Token>} */
export async function checked(data, wanted) {
  const [kind, wrapped] = parts(only(data, SEQUENCE));
  demand(name(kind) === SIGNED_DATA && is(wrapped, FIRST));
  const fields = parts(is(parts(wrapped)[0], SEQUENCE));
  const [contentKind, content] = parts(is(fields[2], SEQUENCE));
  demand(integer(fields[0]) === 3n && name(contentKind) === TST_INFO);
  const info = is(parts(is(content, FIRST))[0], OCTETS).content;
  const algorithms = parts(is(fields[1], SET)).map((each) => hex(each.whole));
  const [signer, more] = parts(is(fields.at(-1), SET));
  demand(more === undefined);
  const said = parts(is(signer, SEQUENCE));
  const certificate = named(fields, said[1]);
  const algorithm = HASHES[name(parts(said[2])[0])];
  demand(
    algorithm !== undefined &&
      integer(said[0]) === 1n &&
      algorithms.includes(hex(is(said[2], SEQUENCE).whole)),
  );
  await checkAttributes(is(said[3], FIRST), info, algorithm ?? "", certificate);
  await checkSignature(said, certificate, algorithm ?? "");
  const told = parts(only(info, SEQUENCE));
  const [imprint, hash] = parts(is(told[2], SEQUENCE));
  demand(name(parts(imprint)[0]) === SHA256 && hex(is(hash, OCTETS).content) === wanted);
  const at = instant(is(told[4], TIME));
  checkCertificate(certificate, at);
  return { at, certificate: hex(await digest(certificate)) };
}

/** @param {Element[]} fields @param {Element | undefined} sid @returns {Uint8Array} the signer's certificate */
function named(fields, sid) {
  const [issuer, serial] = parts(is(sid, SEQUENCE));
  const all = fields.slice(3).filter((each) => each.tag === FIRST);
  for (const each of all.flatMap(parts)) {
    const body = tbs(each.whole);
    if (hex(is(body[0], INTEGER).content) === hex(is(serial, INTEGER).content)) {
      if (hex(is(body[2], SEQUENCE).whole) === hex(is(issuer, SEQUENCE).whole)) return each.whole;
    }
  }
  throw new Error("without its certificate");
}

/** The fields of a certificate from its serial number on. @param {Uint8Array} certificate */
function tbs(certificate) {
  const body = parts(parts(only(certificate, SEQUENCE))[0]);
  return body[0]?.tag === FIRST ? body.slice(1) : body;
}

/** @param {Element} attributes @param {Uint8Array} info @param {string} algorithm @param {Uint8Array} certificate */
async function checkAttributes(attributes, info, algorithm, certificate) {
  const said = new Map(parts(attributes).map((each) => [name(parts(each)[0]), parts(parts(each)[1])[0]]));
  const hashed = await crypto.subtle.digest(algorithm, /** @type {BufferSource} */ (info));
  demand(name(said.get(CONTENT_TYPE)) === TST_INFO);
  demand(hex(is(said.get(MESSAGE_DIGEST), OCTETS).content) === hex(new Uint8Array(hashed)));
  const signing = said.get(SIGNING_CERTIFICATE);
  if (signing === undefined) return;
  const first = parts(parts(parts(signing)[0])[0])[0];
  if (first?.tag === OCTETS) demand(hex(first.content) === hex(await digest(certificate)));
}

/** @param {Element[]} said @param {Uint8Array} certificate @param {string} hash */
async function checkSignature(said, certificate, hash) {
  const message = is(said[3], FIRST).whole.slice();
  message[0] = SET;
  const spki = is(tbs(certificate)[5], SEQUENCE);
  const kind = name(parts(is(said[4], SEQUENCE))[0]);
  let signature = is(said[5], OCTETS).content;
  /** @type {RsaHashedImportParams & EcKeyImportParams} */
  let way = { name: "RSASSA-PKCS1-v1_5", hash, namedCurve: "" };
  if (ECDSA.get(kind) === hash) {
    const [curve, size] = CURVES[name(parts(parts(spki)[0])[1])] ?? ["", 0];
    way = { name: "ECDSA", hash, namedCurve: curve };
    signature = flat(signature, size);
  } else demand(RSA.has(kind));
  const key = await crypto.subtle.importKey("spki", /** @type {BufferSource} */ (spki.whole), way, false, [
    "verify",
  ]);
  const [bytes, about] = /** @type {[BufferSource, BufferSource]} */ ([signature, message]);
  demand(await crypto.subtle.verify(way, key, bytes, about));
}

/** @param {Uint8Array} certificate @param {Date} at */
function checkCertificate(certificate, at) {
  const body = tbs(certificate);
  const [since, until] = parts(is(body[3], SEQUENCE)).map(instant);
  demand(since !== undefined && until !== undefined && since <= at && at <= until);
  const extensions = parts(parts(body.find((each) => each.tag === 0xa3))[0]);
  const usage = extensions.find((each) => name(parts(each)[0]) === USAGE);
  const uses = parts(only(is(parts(usage).at(-1), OCTETS).content, SEQUENCE)).map(name);
  demand(uses.includes(FOR_TIME_STAMPS));
}

/** r and s side by side. @param {Uint8Array} signature @param {number} size */
function flat(signature, size) {
  const out = new Uint8Array(2 * size);
  parts(only(signature, SEQUENCE)).forEach((each, index) => {
    const bytes = is(each, INTEGER).content;
    const bare = bytes.subarray(Math.max(0, bytes.length - size));
    out.set(bare, (index + 1) * size - bare.length);
  });
  return out;
}

/** @param {Element} field */
function instant({ tag, content }) {
  const text = String.fromCharCode(...content);
  const full = tag === TIME ? text : `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}`;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(full);
  if (found === null) throw new Error("time");
  const [, year, month, day, hour, minute, second, fraction] = found;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${(fraction ?? ".0").slice(0, 4)}Z`);
}

// --- DER (ITU-T X.690) --------------------------------------------------------------------------------------------

/** @param {boolean | Element} holds */
function demand(holds) {
  if (!holds) throw new Error("token");
}

/** @param {Element | undefined} element @param {number} tag */
function is(element, tag) {
  if (element?.tag !== tag) throw new Error("tag");
  return element;
}

/** @param {Uint8Array} data @param {number} tag */
function only(data, tag) {
  const found = elementAt(data, 0);
  demand(found.whole.length === data.length);
  return is(found, tag);
}

/** @param {Element | undefined} element @returns {Element[]} */
function parts(element) {
  if (element === undefined) throw new Error("missing");
  const found = [];
  for (let at = 0; at < element.content.length; ) {
    const each = elementAt(element.content, at);
    found.push(each);
    at += each.whole.length;
  }
  return found;
}

/** @param {Uint8Array} data @param {number} at @returns {Element} */
function elementAt(data, at) {
  const [tag, short] = [data[at], data[at + 1]];
  if (tag === undefined || short === undefined) throw new Error("torn");
  let [size, body] = [short, at + 2];
  if (short >= 0x80) {
    const count = short - 0x80;
    if (count < 1 || count > 4) throw new Error("length");
    size = 0;
    for (let n = 0; n < count; n += 1) size = size * 256 + (data[body + n] ?? 0);
    body += count;
  }
  if (body + size > data.length) throw new Error("torn");
  return { tag, content: data.subarray(body, body + size), whole: data.subarray(at, body + size) };
}

/** @param {Element | undefined} element */
const integer = (element) => BigInt.asIntN(64, BigInt(`0x${hex(is(element, INTEGER).content) || "0"}`));

/** @param {Element | undefined} element dotted */
function name(element) {
  const numbers = [];
  let value = 0;
  for (const byte of is(element, OID).content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  const first = Math.min(Math.floor((numbers[0] ?? 0) / 40), 2);
  return [first, (numbers[0] ?? 0) - 40 * first, ...numbers.slice(1)].join(".");
}
