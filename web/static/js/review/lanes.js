/** Draws the lane of one person: present, muted, speaking, lost, and whom they could not hear. */

/** @import { Lane, Span } from "../../../types/review" */

const SVG = "http://www.w3.org/2000/svg";
/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
export function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * @param {number} ms
 * @param {number} total
 */
export const percent = (ms, total) => `${((ms / total) * 100).toFixed(3)}%`;

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
 * How loud somebody was, over the blocks that say when they spoke.
 * @param {SVGSVGElement} svg
 * @param {number[]} levels 0 to 100, one for each step
 * @param {number} stepMs
 * @param {number} total
 */
export function drawWave(svg, levels, stepMs, total) {
  const half = (/** @type {number} */ level) => Math.max(0.4, level / 2);
  const top = levels.map((level, at) => `${at} ${(50 - half(level)).toFixed(1)}`);
  const below = levels.map((level, at) => `${at} ${(50 + half(level)).toFixed(1)}`).reverse();
  const box = shape("svg", {
    x: 0,
    y: 8,
    width: percent(levels.length * stepMs, total),
    height: 16,
    viewBox: `0 0 ${Math.max(1, levels.length)} 100`,
    preserveAspectRatio: "none",
  });
  box.append(shape("path", { class: "wave-form", d: `M${[...top, ...below].join("L")}Z` }));
  svg.querySelector(".lost, .unheard")?.before(box) ?? svg.append(box);
  svg.classList.add("has-wave");
}
