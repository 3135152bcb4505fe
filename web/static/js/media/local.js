/**
 * What this person has switched on: opens and closes devices and keeps track of them across unplugging.
 * Knows neither connections nor DOM; whoever sends the tracks listens for `change`.
 */
import { capture, captureScreen, DeviceProblem } from "./devices.js";

/** @typedef {import("../../../types/room").LocalSources} LocalSources */
/** @typedef {import("../../../types/room").LocalSource} LocalSource */
/** @typedef {import("../../../types/protocol").Source} Source */

/** @returns {LocalSource} */
const nothing = () => ({ on: false, track: null, fault: null });

/**
 * What is opened is not sent before it is switched on. A muted microphone stays open with `enabled = false`, so that
 * unmuting is instant; a camera that is off is closed, so that its light goes out. Events: `change` (Source) after each change; `ended` (Source) when a device went away or
 * the person stopped sharing from the browser's own bar.
 */
export class LocalMedia extends EventTarget {
  /** @type {LocalSources} */
  sources = { microphone: nothing(), camera: nothing(), screen: nothing() };
  /** @type {Partial<Record<"microphone" | "camera", Promise<void>>>} */
  #opening = {};
  #seen;

  /** @param {() => Promise<void>} [seen] others are seen, or are not going to be: devices are not opened before */
  constructor(seen) {
    super();
    this.#seen = seen;
  }

  /**
   * Opens microphone or camera without switching it on for others.
   * @param {"microphone" | "camera"} source
   */
  open(source) {
    if (this.sources[source].track) return Promise.resolve();
    this.#opening[source] ??= this.#open(source);
    return this.#opening[source];
  }

  /**
   * Switches a source on; asks for the device when it is not open.
   * @param {Source} source
   * @returns {Promise<boolean>} whether it is on now
   */
  async switchOn(source) {
    const here = this.sources[source];
    if (source !== "screen") await this.open(source);
    else if (!here.track) this.#keep(source, await captureScreen());
    if (!here.track) return false;
    here.track.enabled = true;
    here.on = true;
    this.#changed(source);
    return true;
  }

  /** @param {Source} source */
  switchOff(source) {
    const here = this.sources[source];
    here.on = false;
    if (source === "microphone") {
      if (here.track) here.track.enabled = false;
    } else this.#drop(source);
    this.#changed(source);
  }

  /**
   * Takes another device of the same kind, as picked; on or off stays as it was.
   * @param {"microphone" | "camera"} source
   */
  async renew(source) {
    await this.#opening[source]; // what is still being opened was asked for before this was picked
    const here = this.sources[source];
    const former = here.track;
    this.#drop(source);
    if (former || here.fault) await this.open(source);
    if (here.track && former) here.track.enabled = former.enabled;
    if (!here.track) here.on = false;
    this.#changed(source);
  }

  /** Closes everything; lights go out. */
  close() {
    for (const source of /** @type {Source[]} */ (Object.keys(this.sources))) {
      this.sources[source].on = false;
      this.#drop(source);
    }
  }

  /** @param {"microphone" | "camera"} source the browser is asked once, however many want it */
  async #open(source) {
    const here = this.sources[source];
    if (this.#seen) await this.#seen();
    try {
      this.#keep(source, await capture(source));
    } catch (error) {
      here.fault = error instanceof DeviceProblem ? error.fault : "failed";
    }
    delete this.#opening[source];
    this.#changed(source);
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  #keep(source, track) {
    const here = this.sources[source];
    here.track = track;
    here.fault = null;
    if (!track) return;
    track.addEventListener("ended", () => this.#onEnded(source, track));
  }

  /** @param {Source} source */
  #drop(source) {
    const { track } = this.sources[source];
    this.sources[source].track = null;
    track?.stop();
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  #onEnded(source, track) {
    const here = this.sources[source];
    if (here.track !== track) return;
    here.track = null;
    here.on = false;
    if (source !== "screen") here.fault = "missing";
    this.dispatchEvent(new CustomEvent("ended", { detail: source }));
    this.#changed(source);
  }

  /** @param {Source} source */
  #changed(source) {
    this.dispatchEvent(new CustomEvent("change", { detail: source }));
  }
}
