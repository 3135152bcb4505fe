/** The media elements of one lane: one for each file, so that a jump loads nothing anew; in the page is the one that is
 * played, the others are loaded as far as their heads; knows no clock. */

/** @import { Clip } from "../../../types/review" */

const MOST = 24; // files of one lane; of a longer sitting the ones used last are held

export class Reels {
  /**
   * @param {HTMLMediaElement} element of the page
   * @param {(clip: Clip) => string} address
   * @param {(element: HTMLMediaElement) => void} bind called once for each element
   */
  constructor(element, address, bind) {
    this.front = element;
    this.address = address;
    this.bind = bind;
    /** @type {Map<Clip, HTMLMediaElement>} */
    this.held = new Map();
    this.first = true; // the element of the page waits for its file
    /** @type {HTMLMediaElement | null} */
    this.blank = null;
    this.prepare(element);
  }

  /** Whether no more files are loaded ahead. */
  get full() {
    return this.held.size >= MOST;
  }

  /** @param {Clip} clip its element, which begins to load when it is new */
  of(clip) {
    const known = this.held.get(clip);
    const element = known ?? (this.first ? this.front : this.another());
    this.first = false;
    this.held.delete(clip);
    this.held.set(clip, element);
    if (known) return element;
    element.src = this.address(clip);
    for (const [other, old] of this.held) {
      if (this.held.size <= MOST) break;
      if (old !== this.front) this.drop(other);
    }
    return element;
  }

  /** Put the element of this file into the page, as it was left. @param {Clip} clip */
  show(clip) {
    const element = this.of(clip);
    if (element.readyState < HTMLMediaElement.HAVE_METADATA) element.preload = "auto";
    this.turn(element);
  }

  /** Nothing is played: what was shown last is not in the page either. */
  hide() {
    this.blank ??= this.another();
    this.turn(this.blank);
  }

  /** @param {HTMLMediaElement} element */
  turn(element) {
    if (element === this.front) return;
    this.front.pause();
    this.front.preload = "metadata"; // it reads on no further
    element.muted = this.front.muted;
    this.front.replaceWith(element);
    this.front = element;
  }

  /** Nothing of this file is loaded or heard any more. @param {Clip} clip */
  drop(clip) {
    const element = this.held.get(clip);
    this.held.delete(clip);
    if (!element) return;
    element.pause();
    element.removeAttribute("src");
    element.load();
  }

  /** Forget a file that does not load, before it is asked for. @param {HTMLMediaElement} element */
  forget(element) {
    for (const [clip, each] of this.held) if (each === element) this.held.delete(clip);
  }

  close() {
    for (const clip of [...this.held.keys()]) this.drop(clip);
  }

  another() {
    const element = document.createElement(this.front.localName);
    if (!(element instanceof HTMLMediaElement)) throw new TypeError(this.front.localName);
    for (const { name, value } of this.front.attributes)
      if (name !== "src") element.setAttribute(name, value);
    this.prepare(element);
    return element;
  }

  /** @param {HTMLMediaElement} element */
  prepare(element) {
    element.preservesPitch = true;
    element.preload = "metadata";
    this.bind(element);
  }
}
