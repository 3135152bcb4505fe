/** Keeps one media element in step with the review's clock, through all files of one lane; knows no page. */

/** @import { Clip } from "../../../types/review" */

const JUMP_S = 0.3; // further off than this: seek; nearer: a slightly other speed, which nobody hears
const STILL_S = 0.02;
const NUDGE = 0.5;

export class TrackPlayer {
  /**
   * @param {HTMLMediaElement} element
   * @param {Clip[]} clips of this track, in order
   * @param {(clip: Clip) => string} address
   */
  constructor(element, clips, address) {
    this.element = element;
    this.clips = clips;
    this.address = address;
    /** @type {Clip | null} */
    this.current = null;
    /** @type {[number, boolean, number]} */
    this.asked = [0, false, 1];
    element.addEventListener("loadedmetadata", () => this.follow(...this.asked)); // a paused clock asks only once
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
    if (!this.current) return true;
    return this.element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.element.seeking;
  }

  /**
   * @param {number} positionMs
   * @param {boolean} playing whether the clock moves
   * @param {number} rate
   */
  follow(positionMs, playing, rate) {
    this.asked = [positionMs, playing, rate];
    const clip = this.clipAt(positionMs);
    if (clip !== this.current) this.take(clip);
    if (!clip || this.element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const wanted = (positionMs - clip.offset_ms) / 1000;
    const ahead = this.element.currentTime - wanted;
    this.keepUp(wanted, ahead, playing, rate);
    if (playing && this.element.paused) this.element.play().catch(() => undefined);
    if (!playing && !this.element.paused) this.element.pause();
  }

  /** @param {Clip | null} clip */
  take(clip) {
    this.current = clip;
    if (clip) {
      this.element.src = this.address(clip);
      return;
    }
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
