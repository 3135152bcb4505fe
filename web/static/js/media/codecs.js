/** Which codecs we offer, in which order, and what we ask of Opus. Knows descriptions, not connections. */

/** Lower is offered earlier; whatever is not named is not offered. VP8 is what the recorder and every browser know best. */
const VIDEO_ORDER = ["video/VP8", "video/H264", "video/rtx"];
const OPUS_WISHES = { useinbandfec: "1", usedtx: "1", stereo: "0" };

/**
 * VP8 first, then H.264 (some phones encode nothing else in hardware), and retransmission for both.
 * @param {RTCRtpTransceiver} transceiver
 */
export function preferVideoCodecs(transceiver) {
  const known = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const wanted = VIDEO_ORDER.flatMap((mime) =>
    known.filter((codec) => codec.mimeType.toLowerCase() === mime.toLowerCase()),
  );
  if (wanted.length > 0) transceiver.setCodecPreferences?.(wanted);
}

/**
 * The answer with in-band error correction and discontinuous transmission asked for: a sender obeys what the
 * *answer* says about Opus (RFC 7587 §7), so it is written there.
 * @param {string} sdp
 * @returns {string}
 */
export function withOpusWishes(sdp) {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (!payload) return sdp;
  const line = new RegExp(`^a=fmtp:${payload} (.*)$`, "m");
  const present = line.exec(sdp)?.[1];
  const wishes = formatted({ ...parsed(present ?? ""), ...OPUS_WISHES });
  if (present !== undefined) return sdp.replace(line, `a=fmtp:${payload} ${wishes}`);
  return sdp.replace(new RegExp(`^(a=rtpmap:${payload} .*)$`, "m"), `$1\r\na=fmtp:${payload} ${wishes}`);
}

/**
 * The offer as the server gets it, with lost sound sent again when asked for: browsers do so (RFC 4585 §6.2.1), though
 * their own descriptions say it of pictures alone.
 * @param {string} sdp
 * @returns {string}
 */
export const withRepairedSound = (sdp) =>
  sdp.replace(/^a=rtpmap:(\d+) opus\/48000.*$/gim, (line, payload) => `${line}\r\na=rtcp-fb:${payload} nack`);

/**
 * The answer with sound twice over (RFC 2198) put before plain sound, or behind it: a sender takes what stands first.
 * @param {string} sdp @param {boolean} twice
 * @returns {string}
 */
export function withSoundTwice(sdp, twice) {
  const red = /^a=rtpmap:(\d+) red\/48000/im.exec(sdp)?.[1];
  if (!red) return sdp;
  return sdp.replace(/^(m=audio \d+ \S+)((?: \d+)+)/gm, (line, head, types) => {
    const others = types.split(" ").filter((/** @type {string} */ each) => each && each !== red);
    if (others.length === types.split(" ").filter(Boolean).length) return line;
    return [head, ...(twice ? [red, ...others] : [...others, red])].join(" ");
  });
}

/** @param {string} parameters @returns {Record<string, string>} */
function parsed(parameters) {
  const pairs = parameters
    .trim()
    .split(";")
    .filter(Boolean)
    .map((pair) => pair.trim().split("=", 2));
  return Object.fromEntries(pairs);
}

/** @param {Record<string, string>} parameters */
function formatted(parameters) {
  return Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join(";");
}
