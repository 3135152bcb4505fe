/** What stands at the place of the time line under the pointer: its second, its phase, and a small picture of whoever
 * speaks there, under the viewer's watermark like every other. */

/** @import { Previews, Review } from "../../../types/review" */

import { find } from "../find.js";
import { phaseName } from "./overview.js";
import { clockText } from "./times.js";
import { nameOf } from "./words.js";

export class Peek {
  /**
   * @param {Review} review
   * @param {string} base address of the viewing
   */
  constructor(review, base) {
    this.review = review;
    this.base = base;
    /** @type {Previews | null} */
    this.previews = null;
    /** @type {Map<string, HTMLImageElement>} */
    this.sheets = new Map();
    this.box = find("#peek", HTMLElement);
    this.canvas = find("canvas", HTMLCanvasElement, this.box);
    const slider = find("#seek", HTMLInputElement);
    slider.addEventListener("pointermove", (event) => this.at(event.offsetX / slider.clientWidth));
    slider.addEventListener("pointerleave", () => {
      this.box.hidden = true;
    });
  }

  /** @param {Previews} previews */
  use(previews) {
    this.previews = previews;
  }

  /**
   * The pictures of one person, fetched when they are first looked for: what plays comes first.
   * @param {string} participant
   */
  sheetOf(participant) {
    let image = this.sheets.get(participant);
    if (!image) {
      image = new Image();
      image.src = `${this.base}/sheets/${participant}.jpg`;
      this.sheets.set(participant, image);
    }
    return image;
  }

  /** @param {number} share of the width, 0 to 1 */
  at(share) {
    const ms = Math.min(1, Math.max(0, share)) * this.review.total_ms;
    const phase = this.review.phases.find((each) => each.from_ms <= ms && ms < each.to_ms);
    const lane = this.review.lanes.find((each) =>
      each.speaking.some((span) => span.from_ms <= ms && ms < span.to_ms),
    );
    find("[data-part=time]", HTMLElement, this.box).textContent = clockText(ms);
    find("[data-part=what]", HTMLElement, this.box).textContent = lane
      ? nameOf(lane)
      : phase
        ? phaseName(phase)
        : "";
    this.canvas.hidden = !this.draw(lane?.participant, ms);
    this.box.style.setProperty("--at", String(Math.min(0.95, Math.max(0.05, share))));
    this.box.hidden = false;
  }

  /**
   * @param {string | undefined} participant
   * @param {number} ms
   * @returns {boolean} whether there is a picture
   */
  draw(participant, ms) {
    const sheet = participant ? this.previews?.sheets[participant] : undefined;
    const context = this.canvas.getContext("2d");
    if (!sheet || !participant || !context) return false;
    const image = this.sheetOf(participant);
    if (!image.complete || !image.naturalWidth) return false;
    const number = Math.min(sheet.count - 1, Math.floor(ms / sheet.every_ms));
    const x = (number % sheet.columns) * sheet.width;
    const y = Math.floor(number / sheet.columns) * sheet.height;
    this.canvas.width = sheet.width;
    this.canvas.height = sheet.height;
    context.drawImage(image, x, y, sheet.width, sheet.height, 0, 0, sheet.width, sheet.height);
    context.font = "9px sans-serif";
    context.fillStyle = "rgb(255 255 255 / 0.7)";
    context.fillText(
      find("#wm text", SVGTextElement).textContent ?? "",
      4,
      sheet.height - 6,
      sheet.width - 8,
    );
    return true;
  }
}
