/** Fills the time line of the page: rows for events, phases and further sources, a lane for each person. */

/** @import { Lane, Previews, Review } from "../../../types/review" */

import { find } from "../find.js";
import { t } from "../i18n.js";
import { drawLane, drawWave, share } from "./lanes.js";
import { drawAxis, drawGaps, drawMarks, drawPhases, drawSource } from "./overview.js";
import { glyphOf, nameOf, sideOf } from "./words.js";

const sprite = new URL("../../icons.svg", import.meta.url).pathname;

/** @param {Review} review */
export function fillTimeLine(review) {
  const box = find("#lanes", HTMLElement);
  const over = find("#lanes-over", Element);
  for (const lane of review.lanes) box.insertBefore(laneRow(lane, review), over);
  for (const source of review.sources) {
    if (source.lines.every((each) => each.to_ms === null)) continue;
    const row = copied("#review-row");
    find("[data-part=name]", HTMLElement, row).textContent = t(`source.${source.kind}`);
    drawSource(find(":scope > svg", SVGSVGElement, row), source, review.total_ms);
    box.insertBefore(row, over);
  }
  drawMarks(find("#lane-marks", SVGSVGElement), review.moments, review.total_ms, sprite);
  drawPhases(find("#lane-phases", SVGSVGElement), review.phases, review.total_ms);
  drawGaps(find("#lane-gaps", SVGGElement), review.gaps, review.total_ms, review.lanes.length);
  const axis = find("#lane-axis", SVGSVGElement);
  new ResizeObserver(() => drawAxis(axis, review.total_ms)).observe(axis);
}

/**
 * @param {Lane} lane
 * @param {Review} review
 */
function laneRow(lane, review) {
  const element = copied("#review-lane");
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
  return element;
}

/**
 * Draws voices as they were loud, once that is known.
 * @param {Previews} previews
 * @param {Review} review
 */
export function drawWaves(previews, review) {
  for (const [participant, levels] of Object.entries(previews.waves)) {
    const row = document.querySelector(`#lanes .lane[data-participant="${CSS.escape(participant)}"]`);
    if (row) drawWave(find(":scope > svg", SVGSVGElement, row), levels, previews.step_ms, review.total_ms);
  }
}

/** @param {string} selector */
function copied(selector) {
  const part = find(selector, HTMLTemplateElement).content.cloneNode(true);
  if (!(part instanceof DocumentFragment)) throw new Error(selector);
  return find(".lane", HTMLElement, part);
}
