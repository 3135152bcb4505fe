/** The strip of captions under the seats, always marked as a machine's, and their part of the settings. Knows no sockets. */
import { find, findAll, fromTemplate } from "../find.js";
import { language, t } from "../i18n.js";
import { glyphName, sideClass } from "../room/rules.js";
import { box, keep, mark, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").CaptionLine} CaptionLine */
/** @typedef {import("../../../types/room").CaptionSize} CaptionSize */
/** @typedef {{choose: (on: boolean) => unknown, resize: (size: CaptionSize) => unknown}} Handlers */

export class CaptionStrip {
  #strip = box("captions");
  #lines = box("caption-lines");
  #part = box("captions-field");
  #switch = find("#captions-on", HTMLInputElement);
  #sizes = findAll('[name="captions-size"]', HTMLInputElement);

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#switch.addEventListener("change", () => handlers.choose(this.#switch.checked));
    for (const each of this.#sizes)
      each.addEventListener("change", () => handlers.resize(/** @type {CaptionSize} */ (each.value)));
  }

  /** @param {RoomModel} model */
  renderSettings({ view, captions }) {
    show(this.#part, view?.captions != null);
    this.#switch.checked = captions.on;
    for (const each of this.#sizes) each.checked = each.value === captions.size;
  }

  /** @param {RoomModel} model @param {RoomView} view */
  render({ captions }, view) {
    show(this.#strip, view.captions !== null && captions.on);
    if (!view.captions || !captions.on) return;
    mark(this.#strip, "data-size", captions.size);
    say(
      box("captions-mark", this.#strip),
      t("room.captions.mark", { language: named(view.captions.language) }),
    );
    show(box("captions-none", this.#strip), captions.lines.length === 0);
    const known = new Map(view.people.map((each) => [each.participant, each]));
    const lines = captions.lines.filter((each) => known.has(each.participant));
    keep(
      this.#lines,
      lines,
      (line) => String(line.line),
      makeLine,
      (element, line) => {
        const person = known.get(line.participant);
        if (!person) return;
        const glyph = box("glyph", element);
        say(glyph, t(`glyph.${glyphName(person.role, view.session.matter.track)}`));
        glyph.classList.add(sideClass(person.side));
        say(box("name", element), person.name);
        const text = box("text", element);
        mark(text, "lang", line.language);
        say(text, line.text);
      },
    );
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }
}

const makeLine = () => fromTemplate("#caption-piece", HTMLElement);

/** @param {string} code BCP 47 */
const named = (code) => new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
