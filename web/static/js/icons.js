/** Icons of the sprite for what scripts build; an icon is always beside a word, never alone. */

const SPRITE = new URL("../icons.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

/**
 * A decorative icon.
 * @param {string} name without the `i-`
 * @param {string} [kind] more classes
 * @returns {SVGSVGElement}
 */
export function icon(name, kind = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `i ${kind}`.trim());
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Shows another icon in place of the one that is there.
 * @param {Element} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
  svg.querySelector("use")?.setAttribute("href", `${SPRITE}#i-${name}`);
}
