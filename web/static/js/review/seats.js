/** The pictures of a review: a seat for each person with their files in step, the wall clock in the picture, the card under
 * it; the largest seat is whoever speaks, until somebody is chosen. */

/** @import { Clip, Lane, Review } from "../../../types/review" */

import { find, fromTemplate } from "../find.js";
import { wallText } from "./times.js";
import { TrackPlayer } from "./track-player.js";
import { glyphOf, nameOf, roleOf, sideOf } from "./words.js";

const REST_MS = 100;
const HOLD_MS = 2500; // a voice must be over this long before another seat becomes the large one

/**
 * @param {{from_ms: number, to_ms: number}[]} spans
 * @param {number} at
 */
const covers = (spans, at) => spans.some((span) => span.from_ms <= at && at < span.to_ms);

class ReviewSeat {
  /**
   * @param {Lane} lane
   * @param {Clip[]} clips
   * @param {string} base address of the viewing
   */
  constructor(lane, clips, base) {
    this.lane = lane;
    this.element = fromTemplate("#review-seat", HTMLElement);
    this.element.dataset.participant = lane.participant;
    this.element.classList.add(sideOf(lane));
    find("[data-part=name]", HTMLElement, this.element).textContent = nameOf(lane);
    find("[data-part=role]", HTMLElement, this.element).textContent = roleOf(lane);
    find("[data-part=glyph]", HTMLElement, this.element).textContent = glyphOf(lane);
    find("[data-part=glyph]", HTMLElement, this.element).classList.add(sideOf(lane));
    find("[data-part=surname]", HTMLElement, this.element).textContent = nameOf(lane).slice(0, 1);
    this.burn = find("[data-part=burn]", HTMLElement, this.element);
    this.listen = find("[data-part=listen]", HTMLButtonElement, this.element);
    const video = find("video", HTMLVideoElement, this.element);
    const audio = find("audio", HTMLAudioElement, this.element);
    const address = (/** @type {Clip} */ clip) => `${base}/tracks/${clip.index}`;
    const of = (/** @type {string[]} */ ...sources) =>
      clips.filter((clip) => clip.participant === lane.participant && sources.includes(clip.source));
    this.picture = new TrackPlayer(video, of("camera", "screen"), address);
    this.voice = new TrackPlayer(audio, of("microphone"), address);
    this.lastSpoke = Number.NEGATIVE_INFINITY;
  }

  /** What of this person cannot be played here, as a key of the texts; empty when all can. */
  get fault() {
    if (this.picture.failed) return this.voice.failed ? "both" : "picture";
    return this.voice.failed ? "voice" : "";
  }

  get ready() {
    return this.picture.ready && this.voice.ready;
  }

  /**
   * @param {number} positionMs
   * @param {boolean} playing
   * @param {number} rate
   * @param {string} startedAt
   */
  show(positionMs, playing, rate, startedAt) {
    this.picture.follow(positionMs, playing, rate);
    this.voice.follow(positionMs, playing, rate);
    const speaking = covers(this.lane.speaking, positionMs);
    if (speaking) this.lastSpoke = positionMs;
    this.element.classList.toggle("is-speaking", speaking);
    this.element.classList.toggle("is-silent", !speaking && covers(this.lane.muted, positionMs));
    this.element.classList.toggle("is-lost", covers(this.lane.disconnected, positionMs));
    this.element.classList.toggle("is-dark", this.picture.current === null || this.picture.failed);
    this.burn.textContent = wallText(startedAt, positionMs);
  }
}

/** Events: `fault` when a file was given up, or is tried again. */
export class ReviewSeats extends EventTarget {
  /**
   * @param {HTMLElement} grid
   * @param {Review} review
   * @param {string} base
   */
  constructor(grid, review, base) {
    super();
    this.review = review;
    this.seats = review.lanes.map((lane) => new ReviewSeat(lane, review.clips, base));
    /** @type {string | null} */
    this.chosen = null;
    /** @type {string | null} */
    this.heard = null;
    grid.replaceChildren(...this.seats.map((seat) => seat.element));
    grid.dataset.count = String(this.seats.length);
    this.large = this.seats[0];
    for (const seat of this.seats) {
      seat.element
        .querySelector(".seat__pic")
        ?.addEventListener("click", () => this.choose(seat.lane.participant));
      seat.listen.addEventListener("click", () => this.listenTo(seat.lane.participant));
      for (const player of [seat.picture, seat.voice])
        player.addEventListener("fault", () => this.dispatchEvent(new Event("fault")));
    }
    this.arrange(this.large);
  }

  /** Whether every file that belongs to the position can play. */
  get ready() {
    return this.seats.every((seat) => seat.ready);
  }

  /** @param {string} participant the seat to keep large; the same again lets it follow the speaker */
  choose(participant) {
    this.chosen = this.chosen === participant ? null : participant;
  }

  /** @param {string | null} participant the one voice to hear; the same again, or nobody, brings all back */
  listenTo(participant) {
    this.heard = this.heard === participant ? null : participant;
    for (const seat of this.seats) {
      const alone = this.heard === seat.lane.participant;
      seat.voice.element.muted = this.heard !== null && !alone;
      seat.listen.setAttribute("aria-pressed", String(alone));
    }
  }

  /** Have all files ready for a jump, one after the other, whenever nobody waits for one. */
  async warm() {
    for (let left = true; left; ) {
      left = false;
      for (const player of this.seats.flatMap((seat) => [seat.picture, seat.voice])) {
        while (!this.ready) await new Promise((done) => setTimeout(done, REST_MS));
        const loaded = player.warm();
        left = left || loaded !== null;
        await loaded;
      }
    }
  }

  /** Nothing may be shown any more: no picture, no voice, no name is left on the page. */
  close() {
    for (const seat of this.seats) {
      seat.picture.close();
      seat.voice.close();
      seat.element.remove();
    }
    this.seats = [];
  }

  /** @param {import("./clock.js").ReviewClock} clock */
  show(clock) {
    const moving = clock.playing && !clock.waiting;
    for (const seat of this.seats) seat.show(clock.positionMs, moving, clock.rate, this.review.started_at);
    const wanted = this.chosen
      ? this.seats.find((seat) => seat.lane.participant === this.chosen)
      : this.speaker(clock.positionMs);
    if (wanted && wanted !== this.large) this.arrange(wanted);
  }

  /** @param {number} positionMs */
  speaker(positionMs) {
    const quiet = Math.abs(positionMs - this.large.lastSpoke) > HOLD_MS;
    return quiet ? this.seats.find((seat) => seat.element.classList.contains("is-speaking")) : undefined;
  }

  /** @param {ReviewSeat} large */
  arrange(large) {
    this.large = large;
    for (const seat of this.seats) seat.element.classList.toggle("is-large", seat === large);
  }
}
