/** Keeps the media of one lane in step with the review's clock, through all its files and over torn places in them; knows
 * no page. */

/** @import { Clip } from "../../../types/review" */

import { Reels } from "./reels.js";

const JUMP_S = 0.3; // further off than this: seek; nearer: a slightly other speed, which nobody hears
const STILL_S = 0.02;
const NUDGE = 0.5;
const STEP_MS = 1000; // what is left out after a place that cannot be played
const TRIES = 3; // torn places, one soon after the other, before the file is given up
const SOON_MS = 8000; // a file that begins within this is made ready while the clock moves
const WARM_MS = 3000;
const ASIDE_MS = 1500; // whoever moves further than the clock by itself has chosen another place

/** Events: `fault` when a file was given up, or is tried again. */
export class TrackPlayer extends EventTarget {
  /**
   * @param {HTMLMediaElement} element
   * @param {Clip[]} clips of this track, in order
   * @param {(clip: Clip) => string} address
   */
  constructor(element, clips, address) {
    super();
    this.clips = clips;
    /** @type {Clip | null} */
    this.current = null;
    /** @type {[number, boolean, number]} */
    this.asked = [0, false, 1];
    this.failed = false;
    this.resumesAt = 0; // ms of the sitting; before it the current file cannot be played
    this.torn = 0;
    this.faults = 0; // in all: what was fetched before the last one is not used again
    /** @type {Set<Clip>} */
    this.warmed = new Set(); // once each: one that cannot be loaded is not asked for again and again
    this.reels = new Reels(
      element,
      (clip) => address(clip) + (this.faults > 0 ? `?again=${this.faults}` : ""),
      (each) => this.bind(each),
    );
  }

  /** The one in the page. */
  get element() {
    return this.reels.front;
  }

  /** @param {HTMLMediaElement} element */
  bind(element) {
    // a paused clock asks only once, and while the element is on its way somewhere it follows nobody
    for (const arrived of ["loadedmetadata", "seeked"])
      element.addEventListener(arrived, () => {
        if (element === this.element) this.follow(...this.asked);
      });
    element.addEventListener("error", () => {
      if (element === this.element) this.stepOver();
      else this.forget(element);
    });
  }

  /** What was loaded ahead cannot be: asked for in earnest it is fetched anew. @param {HTMLMediaElement} element */
  forget(element) {
    this.faults += 1;
    this.reels.forget(element);
  }

  /** @param {number} positionMs */
  clipAt(positionMs) {
    return (
      this.clips.find(
        (each) => each.offset_ms <= positionMs && positionMs < each.offset_ms + each.duration_ms,
      ) ?? null
    );
  }

  /** Whether there is nothing to play at the position, or it can be played. */
  get ready() {
    if (!this.current || this.failed) return true;
    return this.element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.element.seeking;
  }

  /**
   * @param {number} positionMs
   * @param {boolean} playing whether the clock moves
   * @param {number} rate
   */
  follow(positionMs, playing, rate) {
    const aside = Math.abs(positionMs - this.asked[0]) > ASIDE_MS;
    this.asked = [positionMs, playing, rate];
    const clip = this.clipAt(positionMs);
    if (clip !== this.current || (aside && this.torn > 0)) this.take(clip);
    if (playing) this.prepare(positionMs);
    if (positionMs > this.resumesAt + STEP_MS) this.torn = 0;
    if (!clip || this.element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const torn = positionMs < this.resumesAt;
    const wanted = (Math.max(positionMs, this.resumesAt) - clip.offset_ms) / 1000;
    const ahead = this.element.currentTime - wanted;
    const moves = playing && !torn;
    this.keepUp(wanted, ahead, moves, rate);
    if (moves && this.element.paused) this.play();
    if (!moves && !this.element.paused) this.element.pause();
  }

  play() {
    this.element.preload = "auto"; // whoever stands reads on no further than they look
    this.element.play().catch(() => undefined);
  }

  /** @param {Clip | null} clip from its beginning, with nothing held against it */
  take(clip) {
    if (this.current && this.torn > 0) this.reels.drop(this.current);
    this.current = clip;
    this.torn = 0;
    this.resumesAt = 0;
    this.tell(false);
    if (clip) this.reels.show(clip);
    else this.reels.hide();
  }

  /** Have the file that begins soon at its beginning. @param {number} positionMs */
  prepare(positionMs) {
    const soon = positionMs + SOON_MS;
    const clip = this.clips.find((each) => positionMs < each.offset_ms && each.offset_ms < soon);
    const element = clip && this.reels.of(clip);
    if (!element || element.preload === "auto") return;
    element.preload = "auto";
    if (element.currentTime > 0) element.currentTime = 0;
  }

  /**
   * Load the head of one more file, the nearest first.
   * @returns {Promise<unknown> | null} until it is there; null when there is none left, or enough
   */
  warm() {
    const at = this.asked[0];
    const far = (/** @type {Clip} */ clip) => Math.abs(clip.offset_ms - at);
    const left = this.clips.filter((each) => !this.reels.held.has(each) && !this.warmed.has(each));
    const [clip] = left.sort((a, b) => far(a) - far(b));
    if (!clip || this.reels.full) return null;
    this.warmed.add(clip);
    const element = this.reels.of(clip);
    return new Promise((done) => {
      for (const name of ["loadedmetadata", "error"]) element.addEventListener(name, done, { once: true });
      setTimeout(done, WARM_MS);
    });
  }

  /** The file cannot be played here: it is fetched anew and goes on a second later, or is given up. */
  stepOver() {
    if (!this.current || this.failed) return;
    this.torn += 1;
    this.faults += 1;
    if (this.torn > TRIES) {
      this.warmed.add(this.current);
      this.reels.drop(this.current);
      this.tell(true);
      return;
    }
    this.resumesAt = Math.max(this.asked[0], this.resumesAt) + STEP_MS;
    this.element.src = this.reels.address(this.current);
  }

  /** @param {boolean} failed */
  tell(failed) {
    if (failed === this.failed) return;
    this.failed = failed;
    this.dispatchEvent(new Event("fault"));
  }

  /** For good: what comes later is not followed. */
  close() {
    this.clips = [];
    this.current = null;
    this.element.pause();
    this.reels.close();
  }

  /**
   * @param {number} wanted s
   * @param {number} ahead s
   * @param {boolean} playing
   * @param {number} rate
   */
  keepUp(wanted, ahead, playing, rate) {
    const end = this.element.duration || Number.POSITIVE_INFINITY;
    if (this.element.seeking || wanted > end) return;
    if (Math.abs(ahead) > (playing ? JUMP_S : STILL_S)) this.element.currentTime = wanted;
    const speed = playing ? rate * (1 - Math.max(-0.1, Math.min(0.1, ahead * NUDGE))) : rate;
    if (Math.abs(this.element.playbackRate - speed) > 0.01) this.element.playbackRate = speed;
  }
}
