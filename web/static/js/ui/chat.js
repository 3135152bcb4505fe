/** The panel 聊天: lines of this place, and a box to write in. Knows no sockets. */
import { find, fromTemplate } from "../find.js";
import { clock, t } from "../i18n.js";
import { glyphName, sideClass } from "../room/rules.js";
import { box, keep, part, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").ChatLine} ChatLine */

const ROLE_OF_SIDE = /** @type {const} */ ({
  applicant: "applicant",
  respondent: "respondent",
  third: "third_party",
  neutral: "mediator",
});

export class Chat {
  #lines = box("chat-lines");
  #unsent = box("chat-unsent");
  #form = part("chat-form", HTMLFormElement);
  #input = find("#chat-text", HTMLInputElement);

  /** @param {(text: string) => boolean} send whether it is taken: then it is shown, and need not be written again */
  constructor(send) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (text && send(text)) this.#input.value = "";
    });
  }

  /** @param {RoomModel} model @param {RoomView} view */
  render(model, view) {
    const private_ = Boolean(view.caucus?.mine);
    say(box("chat-note"), t(private_ ? "room.chat.note_caucus" : "room.chat.note"));
    show(box("chat-empty"), model.chat.length + model.unsent.length === 0);
    const before = this.#lines.children.length + this.#unsent.children.length;
    // asked only when something is added: the answer costs a layout of the whole page
    const atEnd = model.chat.length + model.unsent.length !== before && this.#isAtEnd();
    keep(
      this.#lines,
      model.chat,
      (line) => line.id,
      () => fromTemplate("#line-piece", HTMLElement),
      (element, line) => {
        fillLine(element, line, view);
      },
    );
    keep(
      this.#unsent,
      model.unsent,
      (line) => line.line,
      () => fromTemplate("#unsent-piece", HTMLElement),
      (element, line) => say(box("text", element), line.text),
    );
    const after = this.#lines.children.length + this.#unsent.children.length;
    if (atEnd && after !== before)
      (this.#unsent.lastElementChild ?? this.#lines.lastElementChild)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} text that was not sent after all; what was begun since stays behind it */
  giveBack(text) {
    this.#input.value = [text, this.#input.value].filter(Boolean).join(" ");
  }

  focus() {
    this.#input.focus();
  }

  #isAtEnd() {
    const body = this.#lines.parentElement;
    return !body || body.scrollHeight - body.scrollTop - body.clientHeight < 80;
  }
}

/** @param {HTMLElement} element @param {ChatLine} line @param {RoomView} view */
function fillLine(element, line, view) {
  const person = view.people.find((each) => each.participant === line.participant);
  const role = person?.role ?? ROLE_OF_SIDE[line.side];
  const glyph = box("glyph", element);
  say(glyph, t(`glyph.${glyphName(role, view.session.matter.track)}`));
  glyph.classList.add(sideClass(line.side));
  const mine = line.participant === view.you.participant;
  element.classList.toggle("line--mine", mine);
  say(box("name", element), mine ? t("room.chat.me", { name: line.name }) : line.name);
  say(box("at", element), clock(line.at));
  say(box("text", element), line.text);
}
