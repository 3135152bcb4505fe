/** The reviewer's cockpit: joins clock, pictures, lanes, panel and keys. */

/** @import { Integrity, Review } from "../../types/review" */

import { find, findAll } from "./find.js";
import { t } from "./i18n.js";
import { ReviewClock } from "./review/clock.js";
import { bindKeys } from "./review/keys.js";
import { drawAxis, drawGaps, drawLane, drawMarks, drawPosition, share } from "./review/lanes.js";
import { ReviewPanel } from "./review/panel.js";
import { ReviewSeats } from "./review/seats.js";
import { clockText, lengthText, wallText } from "./review/times.js";
import { glyphOf, nameOf, sideOf } from "./review/words.js";

const base = location.pathname.replace(/\/$/, "");
const cockpit = find("#cockpit", HTMLElement);
const status = find("#review-status", HTMLElement);

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

/** @param {Review} review */
function lanes(review) {
  const box = find("#lanes", HTMLElement);
  const over = find("#lanes-over", Element);
  for (const lane of review.lanes) {
    const row = find("#review-lane", HTMLTemplateElement).content.cloneNode(true);
    if (!(row instanceof DocumentFragment)) continue;
    const element = find(".lane", HTMLElement, row);
    const percent = Math.round(share(lane, review.recorded_ms) * 100);
    const glyph = find("[data-part=glyph]", HTMLElement, element);
    element.classList.add(sideOf(lane));
    element.dataset.participant = lane.participant;
    glyph.textContent = glyphOf(lane);
    glyph.classList.add(sideOf(lane));
    find("[data-part=name]", HTMLElement, element).textContent = nameOf(lane);
    find("[data-part=share]", HTMLElement, element).textContent = `${percent}%`;
    const label = t("review.lane_text", { name: nameOf(lane), n: lane.speaking.length, share: percent });
    drawLane(find(":scope > svg", SVGSVGElement, element), lane, review.total_ms, label);
    box.insertBefore(row, over);
  }
  const sprite = new URL("../icons.svg", import.meta.url).pathname;
  drawMarks(find("#lane-marks", SVGSVGElement), review.moments, review.total_ms, sprite);
  drawGaps(find("#lane-gaps", SVGGElement), review.gaps, review.total_ms, review.lanes.length);
  const axis = find("#lane-axis", SVGSVGElement);
  new ResizeObserver(() => drawAxis(axis, review.total_ms)).observe(axis);
}

/**
 * @param {Review} review
 * @param {ReviewClock} clock
 */
function timeControls(review, clock) {
  const slider = find("#seek", HTMLInputElement);
  slider.max = String(review.total_ms);
  slider.addEventListener("input", () => clock.seek(Number(slider.value)));
  find("#play", HTMLButtonElement).addEventListener("click", () => clock.setPlaying(!clock.playing));
  find("#back", HTMLButtonElement).addEventListener("click", () => clock.seek(clock.positionMs - 15_000));
  find("#forward", HTMLButtonElement).addEventListener("click", () => clock.seek(clock.positionMs + 15_000));
  find("#next-voice", HTMLButtonElement).addEventListener("click", () => {
    const starts = review.lanes
      .flatMap((lane) => lane.speaking.map((span) => span.from_ms))
      .sort((a, b) => a - b);
    clock.seek(starts.find((at) => at > clock.positionMs + 250) ?? clock.positionMs);
  });
  for (const button of findAll("#rates button", HTMLButtonElement)) {
    button.addEventListener("click", () => clock.setRate(Number(button.value)));
  }
  find("#skip-gap", HTMLButtonElement).addEventListener("click", () => {
    const gap = review.gaps.find((each) => each.from_ms <= clock.positionMs && clock.positionMs < each.to_ms);
    if (gap) clock.seek(gap.to_ms);
  });
}

/**
 * @param {Review} review
 * @param {ReviewClock} clock
 */
function showTime(review, clock) {
  find("#now", HTMLElement).textContent = clockText(clock.positionMs);
  find("#wall", HTMLElement).textContent = wallText(review.started_at, clock.positionMs).slice(11);
  const slider = find("#seek", HTMLInputElement);
  slider.value = String(clock.positionMs);
  slider.setAttribute("aria-valuetext", clockText(clock.positionMs));
  cockpit.classList.toggle("is-playing", clock.playing);
  cockpit.classList.toggle("is-waiting", clock.playing && clock.waiting);
  const play = find("#play", HTMLButtonElement);
  play.setAttribute("aria-label", t(clock.playing ? "review.pause" : "review.play"));
  for (const button of findAll("#rates button", HTMLButtonElement)) {
    button.setAttribute("aria-pressed", String(Number(button.value) === clock.rate));
  }
  drawPosition(
    find("#playhead", SVGLineElement),
    find("#knob", SVGCircleElement),
    clock.positionMs,
    review.total_ms,
  );
}

/**
 * @param {Review} review
 * @param {number} positionMs
 */
function showGap(review, positionMs) {
  const gap = review.gaps.find((each) => each.from_ms <= positionMs && positionMs < each.to_ms);
  const card = find("#gap-card", HTMLElement);
  if (gap && card.hidden) {
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

const LISTS = new Set(["all", "chat", "moment"]); // the tabs that show the list of lines

/**
 * @param {HTMLButtonElement[]} tabs
 * @param {HTMLButtonElement} chosen
 */
function showTab(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
  }
  const wanted = LISTS.has(chosen.value) ? "list" : chosen.value;
  for (const body of findAll("[data-tab]", HTMLElement)) body.hidden = body.dataset.tab !== wanted;
}

/**
 * @param {ReviewPanel} panel
 * @param {HTMLInputElement} query
 */
function tabControls(panel, query) {
  const tabs = findAll("#review-tabs [role=tab]", HTMLButtonElement);
  const choose = (/** @type {HTMLButtonElement} */ chosen) => {
    showTab(tabs, chosen);
    if (LISTS.has(chosen.value)) panel.filter(chosen.value, query.value);
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      choose(next);
      event.stopPropagation();
    });
  });
}

/**
 * @param {ReviewPanel} panel
 * @param {ReviewClock} clock
 */
function panelControls(panel, clock) {
  const query = find("#q", HTMLInputElement);
  tabControls(panel, query);
  query.addEventListener("input", () => panel.filter(panel.kind, query.value));
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

async function start() {
  /** @type {Review} */
  const review = await fetched(`${base}/review.json`);
  const seats = new ReviewSeats(find("#seats", HTMLElement), review, base);
  const clock = new ReviewClock(review.total_ms, () => seats.ready);
  const panel = new ReviewPanel(find("#lines", HTMLElement), review, (at) => clock.seek(at));
  lanes(review);
  timeControls(review, clock);
  panelControls(panel, clock);
  bindKeys(clock, seats, () => find("#next-voice", HTMLButtonElement).click());
  clock.addEventListener("change", () => {
    seats.show(clock);
    panel.show(clock.positionMs);
    showTime(review, clock);
    showGap(review, clock.positionMs);
  });
  seats.addEventListener("fault", () => showFaults(seats));
  const asked = Number(/^#t=(\d+(?:\.\d+)?)$/.exec(location.hash)?.[1] ?? 0);
  clock.seek(asked * 1000);
  addEventListener("hashchange", () => {
    const second = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash)?.[1];
    if (second) clock.seek(Number(second) * 1000);
  });
  find("#total", HTMLElement).textContent = clockText(review.total_ms);
  cockpit.classList.add("is-ready");
  status.textContent = t("review.ready");
}

Promise.all([start(), checkIntegrity()]).catch((problem) => {
  status.textContent = t("review.failed", { why: problem instanceof Error ? problem.message : "" });
  cockpit.classList.add("has-failed");
});
