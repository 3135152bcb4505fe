/** The reviewer's cockpit: joins clock, pictures, lanes, panel, notes and keys, and ends when the right to watch does. */

/** @import { Integrity, Previews, Review } from "../../types/review" */

import { find, findAll } from "./find.js";
import { has, t } from "./i18n.js";
import { icon } from "./icons.js";
import { ReviewClock } from "./review/clock.js";
import { Deck } from "./review/deck.js";
import { bindKeys } from "./review/keys.js";
import { ReviewNotes } from "./review/notes.js";
import { drawNotes, drawPosition } from "./review/overview.js";
import { ReviewPanel } from "./review/panel.js";
import { Peek } from "./review/peek.js";
import { ReviewSeats } from "./review/seats.js";
import { named } from "./review/seeking.js";
import { Standing } from "./review/standing.js";
import { bindTabs } from "./review/tabs.js";
import { drawWaves, fillTimeLine } from "./review/time-line.js";
import { lengthText } from "./review/times.js";
import { keepWatermark } from "./review/watermark.js";
import { nameOf } from "./review/words.js";

const base = location.pathname.replace(/\/$/, "");
const cockpit = find("#cockpit", HTMLElement);
const status = find("#review-status", HTMLElement);
const AGAIN_MS = 5000;
const SHOWN_MS = 5000;
const LOOK_MS = 50;

/**
 * @template T
 * @param {string} address
 * @returns {Promise<T>}
 */
async function fetched(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  const body = await response.json();
  if (!response.ok) throw new Error(body.message);
  return body;
}

/**
 * The card of the gap in which the review stands.
 * @param {Deck} deck
 */
function showGap(deck) {
  const gap = deck.gap();
  const card = find("#gap-card", HTMLElement);
  if (gap) {
    const length = lengthText(gap.to_ms - gap.from_ms);
    find("[data-part=title]", HTMLElement, card).textContent = t("review.gap_title", {
      reason: t(`gap.${gap.reason}`),
      length,
    });
    find("[data-part=text]", HTMLElement, card).textContent = gap.side
      ? t(`gap.with_${gap.side}`)
      : t(`gap.${gap.reason}_text`);
  }
  card.hidden = !gap;
}

/** A file that cannot be played is said on its lane. @param {ReviewSeats} seats */
function showFaults(seats) {
  for (const { lane, fault } of seats.seats) {
    const row = find(`#lanes .lane[data-participant="${lane.participant}"]`, HTMLElement);
    const place = find("[data-part=fault]", HTMLElement, row);
    if (fault && place.hidden) status.textContent = t("review.fault_said", { name: nameOf(lane) });
    place.hidden = !fault;
    find("[data-part=share]", HTMLElement, row).hidden = Boolean(fault);
    if (fault) find("[data-part=fault-word]", HTMLElement, row).textContent = t(`review.fault_${fault}`);
  }
}

/** A tab for each further source. @param {Review} review */
function addTabs(review) {
  const before = find('#review-tabs [value="outcome"]', HTMLButtonElement);
  for (const source of review.sources) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tab";
    tab.value = source.kind;
    tab.tabIndex = -1;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", "false");
    tab.append(icon(source.icon), t(`source.${source.kind}`));
    before.before(tab);
  }
}

/**
 * @param {ReviewPanel} panel
 * @param {ReviewClock} clock
 */
function panelControls(panel, clock) {
  const query = find("#q", HTMLInputElement);
  const count = find("#found", HTMLElement);
  const remark = find("#list-note", HTMLElement);
  const filter = (/** @type {string} */ kind) => {
    const shown = panel.filter(kind, query.value);
    const note = `source.${kind}_note`;
    remark.hidden = !has(note);
    remark.textContent = has(note) ? t(note) : "";
    count.textContent = query.value.trim() ? t("review.found", { n: shown }) : "";
  };
  bindTabs(filter);
  query.addEventListener("input", () => filter(panel.kind));
  query.addEventListener("keydown", (event) => {
    const at = event.key === "Enter" ? panel.nextAfter(clock.positionMs) : null;
    if (at !== null) clock.seek(at);
  });
}

async function checkIntegrity() {
  const pill = find("#integrity-pill", HTMLElement);
  const list = find("#integrity-list", HTMLElement);
  /** @type {Integrity} */
  const { findings } = await fetched(`${base}/integrity.json`);
  pill.classList.add(findings.length ? "pill--bad" : "pill--ok");
  find("[data-part=word]", HTMLElement, pill).textContent = t(
    findings.length ? "review.broken" : "review.intact",
  );
  find("#integrity-word", HTMLElement).textContent = t(
    findings.length ? "review.broken_text" : "review.intact_text",
  );
  list.replaceChildren(
    ...findings.map((each) => {
      const item = document.createElement("li");
      item.textContent = `${t(`verify.${each.code}`)} ${each.where}`;
      return item;
    }),
  );
}

/**
 * Loudness and small pictures, which are made after the sitting: nobody waits for them.
 * @param {Review} review
 * @param {Peek} peek
 */
async function usePreviews(review, peek) {
  /** @type {Previews} */
  const previews = await fetched(`${base}/previews.json`);
  if (previews.state === "pending") setTimeout(() => usePreviews(review, peek).catch(() => {}), AGAIN_MS);
  if (previews.state !== "ready") return;
  drawWaves(previews, review);
  peek.use(previews);
}

/**
 * The right to watch is gone: nothing of the recording stays on the page, and it says why.
 * @param {string} why
 * @param {ReviewClock} clock
 * @param {ReviewSeats} seats
 */
function end(why, clock, seats) {
  clock.setPlaying(false);
  seats.close();
  for (const each of findAll(".side, .time, #gap-card, #seats", HTMLElement)) each.remove();
  const card = find("#over", HTMLElement);
  find("[data-part=why]", HTMLElement, card).textContent = why;
  card.hidden = false;
  cockpit.classList.add("is-over");
  find("h2", HTMLElement, card).focus();
}

async function start() {
  /** @type {Review} */
  const review = await fetched(`${base}/review.json`);
  const seats = new ReviewSeats(find("#seats", HTMLElement), review, base);
  const { viewer = "", code = "", now = "", home = "" } = cockpit.dataset;
  keepWatermark(find("#seats", HTMLElement), { viewer, code, now });
  const clock = new ReviewClock(review.total_ms, () => seats.ready);
  const jump = (/** @type {number} */ at) => clock.seek(at);
  const panel = new ReviewPanel(find("#lines", HTMLElement), review, jump);
  const notes = new ReviewNotes(base, () => clock.positionMs, jump);
  const deck = new Deck(review, clock, seats, notes, home);
  addTabs(review);
  fillTimeLine(review);
  panelControls(panel, clock);
  bindKeys(deck);
  follow(review, clock, seats, () => {
    if (deck.leftSilence()) return;
    seats.show(clock);
    panel.show(clock.positionMs);
    deck.show();
    showGap(deck);
  });
  notes.addEventListener("change", () => {
    drawNotes(find("#lane-notes", SVGGElement), notes.notes, review.total_ms);
    const count = find("#notes-count", HTMLElement);
    count.textContent = String(notes.notes.length);
    count.hidden = notes.notes.length === 0;
  });
  const peek = new Peek(review, base);
  clock.seek(named(location.hash) ?? 0);
  addEventListener("hashchange", () => clock.seek(named(location.hash) ?? clock.positionMs));
  cockpit.classList.add("is-ready");
  status.textContent = t("review.ready");
  notes.load();
  usePreviews(review, peek).catch(() => {}); // the cockpit is whole without them
  return seats;
}

/**
 * Draws whenever the clock has moved, says what cannot be played, and stops when the viewing may not go on.
 * @param {Review} review
 * @param {ReviewClock} clock
 * @param {ReviewSeats} seats
 * @param {() => void} show
 */
function follow(review, clock, seats, show) {
  const standing = new Standing(base);
  const line = find("#playhead", SVGLineElement);
  const knob = find("#knob", SVGCircleElement);
  const moved = () => {
    show();
    drawPosition(line, knob, clock.positionMs, review.total_ms);
  };
  clock.addEventListener("change", moved);
  seats.addEventListener("fault", () => {
    showFaults(seats);
    standing.ask(); // a file that does not come may have been refused
  });
  standing.addEventListener("over", (event) => {
    clock.removeEventListener("change", moved);
    end(event instanceof CustomEvent ? event.detail : "", clock, seats);
  });
}

/**
 * Until the first pictures stand, or do not come: they would wait for what is loaded ahead, and for a check of every byte.
 * @param {ReviewSeats} seats
 */
async function shown(seats) {
  const until = performance.now() + SHOWN_MS;
  while (!seats.ready && performance.now() < until) await new Promise((done) => setTimeout(done, LOOK_MS));
  seats.warm();
}

/** @param {unknown} problem */
function failed(problem) {
  status.textContent = t("review.failed", { why: problem instanceof Error ? problem.message : "" });
  cockpit.classList.add("has-failed");
}

start().then(shown).catch(failed).then(checkIntegrity).catch(failed);
