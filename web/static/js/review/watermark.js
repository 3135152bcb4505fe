/** The watermark over every picture: who watches, when, and which viewing. It wanders, so that no corner stays free of it,
 * and comes back when it is taken away. What is filmed off the screen carries a name; more than that no page can do. */

import { find } from "../find.js";

const EVERY_MS = 10_000;
const STEP_PX = 37; // no part of the width of the pattern, so that it comes everywhere

const minute = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "short",
});

/**
 * @param {HTMLElement} grid the pictures
 * @param {{viewer: string, code: string, now: string}} about `now` is the server's clock when the page was made
 */
export function keepWatermark(grid, about) {
  const pattern = find("#wm", SVGPatternElement);
  const began = Date.parse(about.now) - performance.now();
  let turn = 0;
  const draw = () => {
    const text = `${about.viewer} ${minute.format(began + performance.now())} ${about.code}`;
    for (const place of pattern.querySelectorAll("text")) place.textContent = text;
    pattern.setAttribute("patternTransform", `rotate(-16) translate(${turn * STEP_PX} ${turn * STEP_PX})`);
    turn += 1;
  };
  draw();
  setInterval(draw, EVERY_MS);
  const pictures = [...grid.querySelectorAll(".seat__pic")].map((place) => ({ place, mark: mark(place) }));
  const restore = () => {
    for (const { place, mark: own } of pictures) {
      if (own.parentNode !== place) place.append(own);
      for (const name of ["hidden", "style"]) if (own.hasAttribute(name)) own.removeAttribute(name);
    }
  };
  const watch = { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "style"] };
  new MutationObserver(restore).observe(grid, watch);
}

/** @param {Element} place */
const mark = (place) => find(".water", SVGSVGElement, place);
