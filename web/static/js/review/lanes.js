/** Draws the time line: a lane for each person, gaps as wide as they lasted, events, the axis; a click says where to go. */

/** @import { GapCard, Lane, Moment, Span } from "../../../types/review" */

import { t } from "../i18n.js";
import { clockText, lengthText } from "./times.js";

const SVG = "http://www.w3.org/2000/svg";
const LANE_REM = 2;
const STEPS_MS = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000];
const LABEL_PX = 96;
const LABEL_SHARE = 0.16;

/** Which entries of the log stand above the lanes, and their icons. */
const MARKS = new Map([
  ["started", "flag"],
  ["caucus_opened", "caucus"],
  ["suspended", "pause"],
  ["disconnected", "alert"],
  ["removed", "leave"],
  ["concluded", "agree"],
]);

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * @param {number} ms
 * @param {number} total
 */
const percent = (ms, total) => `${((ms / total) * 100).toFixed(3)}%`;

/**
 * A block as long as it lasted, wide enough to be seen.
 * @param {string} kind
 * @param {Span} span
 * @param {number} total
 */
function block(kind, span, total) {
  const width = percent(Math.max(span.to_ms - span.from_ms, total / 600), total);
  return shape("rect", { class: kind, x: percent(span.from_ms, total), width, y: 9, height: 14, rx: 2 });
}

/**
 * Below the lane, for it says something of what others spoke.
 * @param {string} kind
 * @param {Span} span
 * @param {number} total
 */
function underline(kind, span, total) {
  const line = block(kind, span, total);
  line.setAttribute("y", "26");
  line.setAttribute("height", "4");
  return line;
}

/**
 * @param {string} kind
 * @param {Span} span
 * @param {number} total
 */
function wire(kind, span, total) {
  return shape("line", {
    class: kind,
    x1: percent(span.from_ms, total),
    x2: percent(span.to_ms, total),
    y1: 16,
    y2: 16,
  });
}

/**
 * How much of the sitting somebody spoke, 0 to 1.
 * @param {Lane} lane
 * @param {number} recordedMs
 */
export function share(lane, recordedMs) {
  const spoken = lane.speaking.reduce((sum, span) => sum + span.to_ms - span.from_ms, 0);
  return recordedMs ? Math.min(1, spoken / recordedMs) : 0;
}

/**
 * Fills one lane's picture.
 * @param {SVGSVGElement} svg
 * @param {Lane} lane
 * @param {number} total
 * @param {string} label what it shows, in words
 */
export function drawLane(svg, lane, total, label) {
  svg.replaceChildren(
    ...lane.present.map((span) => wire("wire", span, total)),
    ...lane.muted.map((span) => wire("wire--mute", span, total)),
    ...lane.speaking.map((span) => block("say", span, total)),
    ...lane.disconnected.map((span) => block("lost", span, total)),
    ...lane.unheard.map((span) => underline("unheard", span, total)),
  );
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
}

/**
 * The row of events above the lanes; labels that would touch keep their icon only.
 * @param {SVGSVGElement} svg
 * @param {Moment[]} moments
 * @param {number} total
 * @param {string} sprite address of the icons
 */
export function drawMarks(svg, moments, total, sprite) {
  let free = 0;
  svg.replaceChildren(
    ...moments
      .filter((each) => MARKS.has(each.kind))
      .map((each) => {
        const at = each.offset_ms / total;
        const mark = shape("svg", {
          class: "ev",
          x: percent(each.offset_ms, total),
          y: 7,
          width: 18,
          height: 18,
          overflow: "visible",
        });
        mark.append(
          shape("use", {
            href: `${sprite}#i-${MARKS.get(each.kind)}`,
            x: at > 0.98 ? -18 : 0,
            width: 18,
            height: 18,
          }),
        );
        if (at >= free && at < 0.9) {
          mark.append(shape("text", { x: 22, y: 13.5 }, t(`event.${each.kind}`)));
          free = at + LABEL_SHARE;
        }
        return mark;
      }),
  );
}

/**
 * Gaps over all lanes.
 * @param {SVGGElement} group
 * @param {GapCard[]} gaps
 * @param {number} total
 * @param {number} lanes how many lanes there are
 */
export function drawGaps(group, gaps, total, lanes) {
  const height = `${lanes * LANE_REM}rem`;
  group.replaceChildren(
    ...gaps.map((gap) => {
      const width = percent(gap.to_ms - gap.from_ms, total);
      const box = shape("svg", {
        class: `gapbox gapbox--${gap.reason}`,
        x: percent(gap.from_ms, total),
        y: `${LANE_REM}rem`,
        width,
        height,
        overflow: "hidden",
      });
      box.append(shape("rect", { class: "gap", width: "100%", height: "100%", rx: 3 }));
      if ((gap.to_ms - gap.from_ms) / total > 0.12) {
        const label = t("review.gap_label", {
          reason: t(`gap.${gap.reason}`),
          length: lengthText(gap.to_ms - gap.from_ms),
        });
        box.append(
          shape("rect", {
            class: "gaplabel",
            x: "4%",
            y: "50%",
            width: "92%",
            height: 24,
            rx: 3,
            transform: "translate(0 -12)",
          }),
        );
        box.append(
          shape(
            "text",
            { class: "gaptext", x: "50%", y: "50%", dy: "0.35em", "text-anchor": "middle" },
            label,
          ),
        );
      }
      return box;
    }),
  );
}

/**
 * The axis with clock times at round distances.
 * @param {SVGSVGElement} svg
 * @param {number} total
 */
export function drawAxis(svg, total) {
  const step = STEPS_MS.find((each) => total / each <= Math.max(2, svg.clientWidth / LABEL_PX)) ?? 3_600_000;
  const marks = [];
  for (let at = 0; at <= total; at += step) {
    const anchor = at === 0 ? "start" : at / total > 0.97 ? "end" : "middle";
    marks.push(shape("text", { x: percent(at, total), y: 12, "text-anchor": anchor }, clockText(at)));
  }
  svg.replaceChildren(...marks);
}

/**
 * Shows where the review is.
 * @param {SVGLineElement} line
 * @param {SVGCircleElement} knob
 * @param {number} positionMs
 * @param {number} total
 */
export function drawPosition(line, knob, positionMs, total) {
  const x = percent(positionMs, total);
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  knob.setAttribute("cx", x);
}
