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
 * Which encodings of a camera are of use: none too small to show a face, and on a weak line not the largest. One is left.
 * @template {RTCRtpEncodingParameters} T
 * @param {T[]} encodings as the browser has them now @param {number} lines of the camera's picture
 * @param {QualityLevel | null} level of our own line
 * @returns {T[]}
 */
export function useful(encodings, lines, level) {
  const weak = level === "weak" || level === "lost";
  return encodings.map((each, at) => {
    const largest = at === encodings.length - 1;
    const tooSmall = lines / (each.scaleResolutionDownBy ?? 1) < FEWEST_LINES && !largest;
    const others = at > 0 && lines / (encodings[at - 1]?.scaleResolutionDownBy ?? 1) >= FEWEST_LINES;
    return { ...each, active: !tooSmall && !(largest && weak && others) };
  });
}
