/**
 * Microphone, camera and screen of this person: asks for them, names them, says in one word why one is not there.
 * Knows neither connections nor DOM.
 */

/** @typedef {import("../../../types/room").DeviceFault} DeviceFault */
/** @typedef {"microphone" | "camera"} Captured */

const KEPT = "devices";
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
/** @type {Record<string, DeviceFault>} */
const FAULTS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** A device could not be had. */
export class DeviceProblem extends Error {
  /** @param {DeviceFault} fault */
  constructor(fault) {
    super(fault);
    this.fault = fault;
  }
}

/** @param {unknown} error @returns {DeviceProblem} */
function problemOf(error) {
  return new DeviceProblem((error instanceof DOMException && FAULTS[error.name]) || "failed");
}

/** @returns {Partial<Record<Captured | "speaker", string>>} device ids the person has picked on this device */
export function picked() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {Captured | "speaker"} what @param {string} id */
export function pick(what, id) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...picked(), [what]: id }));
  } catch {
    // Private windows refuse to store; the choice then lasts as long as the page.
  }
}

/** @param {Captured} what @returns {MediaStreamConstraints} */
function constraints(what) {
  const id = picked()[what];
  const device = id ? { deviceId: { ideal: id } } : {};
  if (what === "camera") return { video: { ...CAMERA, ...device } };
  return { audio: { ...MICROPHONE, ...device } };
}

/**
 * Opens a microphone or a camera.
 * @param {Captured} what
 * @returns {Promise<MediaStreamTrack>}
 * @throws {DeviceProblem}
 */
export async function capture(what) {
  if (!navigator.mediaDevices) throw new DeviceProblem("unsupported");
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints(what));
    return stream.getTracks()[0] ?? Promise.reject(new DeviceProblem("missing"));
  } catch (error) {
    throw error instanceof DeviceProblem ? error : problemOf(error);
  }
}

/** Whether this browser lets a page choose the loudspeaker. */
export const canRoute = () => "setSinkId" in HTMLMediaElement.prototype;

/** Whether this browser can share a screen at all; phones cannot. */
export const canShare = () => Boolean(navigator.mediaDevices && "getDisplayMedia" in navigator.mediaDevices);

/**
 * Lets the person choose a screen or window.
 * @returns {Promise<MediaStreamTrack | null>} null when they changed their mind
 * @throws {DeviceProblem}
 */
export async function captureScreen() {
  try {
    const wishes = { video: { frameRate: { max: 15 } }, audio: false, selfBrowserSurface: "exclude" };
    const stream = await navigator.mediaDevices.getDisplayMedia(wishes);
    return stream.getVideoTracks()[0] ?? null;
  } catch (error) {
    const problem = problemOf(error);
    if (problem.fault === "denied") return null;
    throw problem;
  }
}

/** @returns {Promise<Record<"microphone" | "camera" | "speaker", MediaDeviceInfo[]>>} what is plugged in now */
export async function available() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (/** @type {MediaDeviceKind} */ kind) =>
    devices.filter((device) => device.kind === kind && device.deviceId);
  return { microphone: of("audioinput"), camera: of("videoinput"), speaker: of("audiooutput") };
}
