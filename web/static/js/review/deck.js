/** The controls of a review: play, speeds, jumps, silence left out, the link to this second; joins buttons to the clock. */

/** @import { Review } from "../../../types/review" */

import { find, findAll } from "../find.js";
import { t } from "../i18n.js";
import { ReviewClock } from "./clock.js";
import { ReviewNotes } from "./notes.js";
import { ReviewSeats } from "./seats.js";
import { afterSilence, beside, events, speech } from "./seeking.js";
import { clockText, wallText } from "./times.js";

const AWAY_MS = 15_000;
const SAID_MS = 4000;

export class Deck {
  /**
   * @param {Review} review
   * @param {ReviewClock} clock
   * @param {ReviewSeats} seats
   * @param {ReviewNotes} notes
   * @param {string} home address of the recording, whoever follows it states their own purpose
   */
  constructor(review, clock, seats, notes, home) {
    this.review = review;
    this.clock = clock;
    this.seats = seats;
    this.notes = notes;
    this.home = home;
    this.words = speech(review);
    this.starts = this.words.map((each) => each.from_ms);
    this.events = events(review);
    this.skipping = false;
    this.rates = findAll("#rates button", HTMLButtonElement);
    this.cockpit = find("#cockpit", HTMLElement);
    this.play = find("#play", HTMLButtonElement);
    this.slider = find("#seek", HTMLInputElement);
    this.now = find("#now", HTMLElement);
    this.wall = find("#wall", HTMLElement);
    this.said = find("#deck-said", HTMLElement);
    this.slider.max = String(review.total_ms);
    find("#total", HTMLElement).textContent = clockText(review.total_ms);
    this.bind();
  }

  bind() {
    const { clock } = this;
    this.slider.addEventListener("input", () => clock.seek(Number(this.slider.value)));
    for (const button of this.rates)
      button.addEventListener("click", () => clock.setRate(Number(button.value)));
    /** @type {[string, () => void][]} */
    const buttons = [
      ["play", () => clock.setPlaying(!clock.playing)],
      ["back", () => clock.seek(clock.positionMs - AWAY_MS)],
      ["forward", () => clock.seek(clock.positionMs + AWAY_MS)],
      ["next-voice", () => this.voice(false)],
      ["next-event", () => this.event(false)],
      ["skip-silence", () => this.setSkipping(!this.skipping)],
      ["copy-link", () => this.copyLink()],
      ["open-help", () => this.help()],
      ["close-help", () => find("#help", HTMLDialogElement).close()],
      ["skip-gap", () => clock.seek(this.gap()?.to_ms ?? clock.positionMs)],
    ];
    for (const [id, act] of buttons) find(`#${id}`, HTMLButtonElement).addEventListener("click", act);
  }

  gap() {
    const at = this.clock.positionMs;
    return this.review.gaps.find((each) => each.from_ms <= at && at < each.to_ms);
  }

  /** @param {boolean} back */
  voice(back) {
    this.clock.seek(beside(this.starts, this.clock.positionMs, back));
  }

  /** @param {boolean} back */
  event(back) {
    this.clock.seek(beside(this.events, this.clock.positionMs, back));
  }

  /** @param {number} steps one speed up or down */
  faster(steps) {
    const values = this.rates.map((each) => Number(each.value));
    const at = values.indexOf(this.clock.rate) + steps;
    this.clock.setRate(values[Math.min(values.length - 1, Math.max(0, at))]);
  }

  /** @param {boolean} skipping whether silence is left out */
  setSkipping(skipping) {
    this.skipping = skipping;
    find("#skip-silence", HTMLButtonElement).setAttribute("aria-pressed", String(skipping));
  }

  /** Whether the clock has just been sent to the end of a silence. */
  leftSilence() {
    const { clock } = this;
    const to =
      this.skipping && clock.playing ? afterSilence(this.review, this.words, clock.positionMs) : null;
    if (to === null) return false;
    clock.seek(to);
    return true;
  }

  bookmark() {
    this.notes.add();
  }

  search() {
    find('#review-tabs [value="all"]', HTMLButtonElement).click();
    find("#q", HTMLInputElement).focus();
  }

  help() {
    find("#help", HTMLDialogElement).showModal();
  }

  /** The address of this second: it leads to the question what for, and from there to the second. */
  async copyLink() {
    const second = Math.floor(this.clock.positionMs / 1000);
    const address = `${new URL(this.home, location.href)}?t=${second}`;
    const copied = await navigator.clipboard?.writeText(address).then(
      () => true,
      () => false,
    );
    history.replaceState(null, "", `#t=${second}`);
    this.tell(t(copied ? "review.copied" : "review.copy_failed", { at: clockText(second * 1000) }));
  }

  /** @param {string} words */
  tell(words) {
    this.said.textContent = words;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.said.textContent = "";
    }, SAID_MS);
  }

  /** Draw where the clock stands. */
  show() {
    const { clock } = this;
    const at = clockText(clock.positionMs);
    this.now.textContent = at;
    this.wall.textContent = wallText(this.review.started_at, clock.positionMs).slice(11);
    this.slider.value = String(clock.positionMs);
    this.slider.setAttribute("aria-valuetext", at);
    this.cockpit.classList.toggle("is-playing", clock.playing);
    this.cockpit.classList.toggle("is-waiting", clock.playing && clock.waiting);
    this.play.setAttribute("aria-label", t(clock.playing ? "review.pause" : "review.play"));
    for (const each of this.rates)
      each.setAttribute("aria-pressed", String(Number(each.value) === clock.rate));
  }
}
