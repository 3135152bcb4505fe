/** The one clock of a review: a position that plays, waits for media that are not ready, and never runs past the end;
 * knows no element. */

const MAX_WAIT_MS = 4000;
const MAX_STEP_MS = 250;

export class ReviewClock extends EventTarget {
  /**
   * @param {number} totalMs length of the sitting
   * @param {() => boolean} ready whether all media that belong to the position can play
   */
  constructor(totalMs, ready) {
    super();
    this.totalMs = totalMs;
    this.positionMs = 0;
    this.rate = 1;
    this.playing = false;
    this.waiting = false;
    this.ready = ready;
    this.waitedMs = 0;
    this.last = 0;
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    if (playing === this.playing) return;
    if (playing && this.positionMs >= this.totalMs) this.positionMs = 0;
    this.playing = playing;
    this.last = performance.now();
    if (playing) requestAnimationFrame(this.frame);
    this.changed();
  }

  /** @param {number} positionMs */
  seek(positionMs) {
    this.positionMs = Math.min(Math.max(0, Math.round(positionMs)), this.totalMs);
    this.waitedMs = 0;
    this.changed();
  }

  /** @param {number} rate 0.5 to 3 */
  setRate(rate) {
    this.rate = rate;
    this.changed();
  }

  frame = () => {
    if (!this.playing) return;
    this.advance(performance.now());
    requestAnimationFrame(this.frame);
  };

  /** @param {number} now ms of the page's clock */
  advance(now) {
    const passed = Math.min(now - this.last, MAX_STEP_MS);
    this.last = now;
    this.waiting = !this.ready() && this.waitedMs < MAX_WAIT_MS;
    this.waitedMs = this.waiting ? this.waitedMs + passed : Math.max(0, this.waitedMs - passed);
    if (!this.waiting) this.positionMs = Math.min(this.totalMs, this.positionMs + passed * this.rate);
    if (this.positionMs >= this.totalMs) this.playing = false;
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
