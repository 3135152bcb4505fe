/** Keeps one media element in step with the review's clock, through all files of one lane and over torn places in them;
 * knows no page. */

/** @import { Clip } from "../../../types/review" */

const JUMP_S = 0.3; // further off than this: seek; nearer: a slightly other speed, which nobody hears
const STILL_S = 0.02;
const NUDGE = 0.5;
const STEP_MS = 1000; // what is left out after a place that cannot be played
const TRIES = 3; // torn places, one soon after the other, before the file is given up
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
    this.element = element;
    this.clips = clips;
    this.address = address;
    /** @type {Clip | null} */
    this.current = null;
    /** @type {[number, boolean, number]} */
    this.asked = [0, false, 1];
    this.failed = false;
    this.resumesAt = 0; // ms of the sitting; before it the current file cannot be played
    this.torn = 0;
    this.faults = 0; // in all: what was fetched before the last one is not used again
    // a paused clock asks only once, and while the element is on its way somewhere it follows nobody
    for (const arrived of ["loadedmetadata", "seeked"])
      element.addEventListener(arrived, () => this.follow(...this.asked));
    element.addEventListener("error", () => this.stepOver());
    element.preservesPitch = true;
    element.preload = "auto";
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
    if (positionMs > this.resumesAt + STEP_MS) this.torn = 0;
    if (!clip || this.element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const torn = positionMs < this.resumesAt;
    const wanted = (Math.max(positionMs, this.resumesAt) - clip.offset_ms) / 1000;
    const ahead = this.element.currentTime - wanted;
    const moves = playing && !torn;
    this.keepUp(wanted, ahead, moves, rate);
    if (moves && this.element.paused) this.element.play().catch(() => undefined);
    if (!moves && !this.element.paused) this.element.pause();
  }

  /** @param {Clip | null} clip from its beginning, with nothing held against it */
  take(clip) {
    this.current = clip;
    this.torn = 0;
    this.resumesAt = 0;
    this.tell(false);
    if (clip) this.load(clip);
    else this.unload();
  }

  /** The file cannot be played here: it is fetched anew and goes on a second later, or is given up. */
  stepOver() {
    if (!this.current || this.failed) return;
    this.torn += 1;
    this.faults += 1;
    if (this.torn > TRIES) {
      this.unload();
      this.tell(true);
      return;
    }
    this.resumesAt = Math.max(this.asked[0], this.resumesAt) + STEP_MS;
    this.load(this.current);
  }

  /** @param {boolean} failed */
  tell(failed) {
    if (failed === this.failed) return;
    this.failed = failed;
    this.dispatchEvent(new Event("fault"));
  }

  /** @param {Clip} clip */
  load(clip) {
    this.element.src = this.address(clip) + (this.faults > 0 ? `?again=${this.faults}` : "");
  }

  /** For good: what comes later is not followed. */
  close() {
    this.clips = [];
    this.current = null;
    this.unload();
  }

  unload() {
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
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
