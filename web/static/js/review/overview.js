/** Draws what stands across all lanes: phases, events, documents, gaps as wide as they lasted, the axis, the position. */

/** @import { GapCard, Moment, Phase, Source } from "../../../types/review" */

import { has, t } from "../i18n.js";
import { percent, shape } from "./lanes.js";
import { MARKS } from "./seeking.js";
import { clockText, lengthText } from "./times.js";

const LANE_REM = 2;
const ABOVE_REM = 3.5; // the rows of events and of phases
const STEPS_MS = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000];
const LABEL_PX = 96;
const LABEL_SHARE = 0.16;
const NAMED_SHARE = 0.07; // of the whole; a phase that is shorter carries no name

/**
 * The phases in one row, each named where there is room.
 * @param {SVGSVGElement} svg
 * @param {Phase[]} phases
 * @param {number} total
 */
export function drawPhases(svg, phases, total) {
  svg.replaceChildren(
    ...phases.map((each) => {
      const width = percent(each.to_ms - each.from_ms, total);
      const box = shape("svg", {
        x: percent(each.from_ms, total),
        width,
        height: "100%",
        overflow: "hidden",
      });
      box.append(
        shape("rect", { class: `phase phase--${each.kind}`, x: 0.5, width: "100%", height: 20, rx: 3 }),
      );
      if ((each.to_ms - each.from_ms) / total > NAMED_SHARE)
        box.append(shape("text", { class: "phasetext", x: 8, y: 14.5 }, phaseName(each)));
      return box;
    }),
  );
  const named = phases.map((each) =>
    t("review.phase_said", {
      name: phaseName(each),
      from: clockText(each.from_ms),
      to: clockText(each.to_ms),
    }),
  );
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", named.join(t("review.list_stop")));
}

/** @param {Phase} phase */
export function phaseName(phase) {
  const key = `phase.${phase.kind}_${phase.side}`;
  return t(has(key) ? key : `phase.${phase.kind}`);
}

/**
 * Lines of further sources that last: documents on the table, each as wide as it was shown.
 * @param {SVGSVGElement} svg
 * @param {Source} source
 * @param {number} total
 */
export function drawSource(svg, source, total) {
  svg.replaceChildren(
    ...source.lines.map((each) => {
      const length = Math.max((each.to_ms ?? each.offset_ms) - each.offset_ms, total / 600);
      return shape("rect", {
        class: "shown",
        x: percent(each.offset_ms, total),
        width: percent(length, total),
        y: 10,
        height: 12,
        rx: 2,
      });
    }),
  );
}

/**
 * One's own bookmarks, above the lanes.
 * @param {SVGGElement} group
 * @param {{offset_ms: number}[]} notes
 * @param {number} total
 */
export function drawNotes(group, notes, total) {
  group.replaceChildren(
    ...notes.map((each) => {
      const mark = shape("svg", {
        x: percent(each.offset_ms, total),
        y: 0,
        width: 10,
        height: 12,
        overflow: "visible",
      });
      mark.append(shape("path", { class: "notemark", d: "M-4 0h8v9l-4-3-4 3z" }));
      return mark;
    }),
  );
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
        y: `${ABOVE_REM}rem`,
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
