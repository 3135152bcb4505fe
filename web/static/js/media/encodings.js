/** In which encodings microphone, camera and screen are sent. Pure; knows neither connections nor DOM. */

/** @typedef {import("../../../types/protocol").QualityLevel} QualityLevel */
/** @typedef {import("../../../types/protocol").Source} Source */

/** Lowest first, as the server counts them; of a picture of 720 lines these are 180, 360 and 720. */
const CAMERA = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];
/** An encoding with fewer lines shows nobody's face. */
const FEWEST_LINES = 120;

/** @type {Record<Source, RTCRtpEncodingParameters[]>} a document before faces, and before both the voice */
export const ENCODINGS = {
  microphone: [{ maxBitrate: 40_000, priority: "high", networkPriority: "high" }],
  camera: CAMERA.map((each) => ({ ...each, maxFramerate: 30, priority: "low" })),
  screen: [{ maxBitrate: 1_500_000, maxFramerate: 8, priority: "medium" }],
};

/**
 * Which encodings of a camera are of use: none too small to show a face; on a weak line not the largest; on a narrow one
 * the smallest alone, for where several are to be sent browsers fill the line with padding, and what is lost then are
 * words; and none on a full one. Else one at least is left.
 * @template {RTCRtpEncodingParameters} T
 * @param {T[]} encodings as the browser has them now @param {number} lines of the camera's picture
 * @param {{level: QualityLevel | null, width: import("./width.js").State}} line our own
 * @returns {T[]}
 */
export function useful(encodings, lines, { level, width }) {
  const last = encodings.length - 1;
  const smallest = encodings.findIndex(
    (each, at) => at === last || lines / (each.scaleResolutionDownBy ?? 1) >= FEWEST_LINES,
  );
  const weak = level === "weak" || level === "lost";
  const largest = width === "narrow" ? smallest : Math.max(smallest, weak ? last - 1 : last);
  return encodings.map((each, at) => ({
    ...each,
    active: width !== "full" && at >= smallest && at <= largest,
  }));
}
