/** The frame around the seats: an ordinary room, a caucus, a suspension. Knows no sockets. */
import { find } from "../find.js";
import { clock, elapsed, t } from "../i18n.js";
import { isPresider, may, roleName } from "../room/rules.js";
import { suspensionWords } from "./notices.js";
import { box, say, show } from "./parts.js";
import { stretch } from "./words.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

export class Frame {
  #frame = box("frame");
  #bar = box("caucus-bar");
  #halt = box("suspended");
  #room = find(".room", HTMLElement);

  /** @param {RoomView} view @param {number} now */
  render(view, now) {
    const inside = Boolean(view.caucus?.mine);
    this.#frame.classList.toggle("caucus", inside);
    this.#room.classList.toggle("room--caucus", inside);
    show(this.#bar, inside);
    if (inside) this.#caucus(view, now);
    this.#suspension(view, now);
  }

  /** @param {RoomView} view @param {number} now */
  #caucus(view, now) {
    const { caucus } = view;
    if (!caucus) return;
    say(box("caucus-title"), titleOf(view));
    say(box("caucus-time"), elapsed(now - Date.parse(caucus.since)));
    say(
      box("caucus-note"),
      caucus.until && isPresider(view) ? promise(caucus.until, now) : t("room.caucus.elapsed"),
    );
    this.#bar.classList.toggle(
      "is-late",
      isPresider(view) && caucus.until !== null && Date.parse(caucus.until) < now,
    );
    show(find('[data-act="close-caucus"]', HTMLElement, this.#bar), may(view, "caucus"));
  }

  /** @param {RoomView} view @param {number} now */
  #suspension(view, now) {
    show(this.#halt, view.suspended !== null);
    this.#frame.classList.toggle("is-halted", view.suspended !== null);
    if (!view.suspended) return;
    const words = suspensionWords(view);
    say(box("suspended-title"), words.title);
    say(box("suspended-text"), words.text);
    say(box("suspended-missing"), words.missing);
    say(box("suspended-until"), lasts(view.suspended, now));
    show(find('[data-act="resume"]', HTMLElement, this.#halt), may(view, "suspend"));
  }
}

/** @param {NonNullable<RoomView["suspended"]>} suspended @param {number} now how long it has lasted, and when the house ends it */
function lasts({ since, until }, now) {
  const long = elapsed(Math.max(0, now - Date.parse(since)));
  const left = stretch(Math.max(0, Date.parse(until) - now));
  return t("room.suspend.lasts", { long, at: clock(until), left });
}

/** @param {RoomView} view */
function titleOf(view) {
  if (!isPresider(view)) return t("room.caucus.title_party");
  const side = view.caucus?.side ?? "applicant";
  const role = side === "third" ? "third_party" : side === "respondent" ? "respondent" : "applicant";
  return t("room.caucus.title", { side: t(`role.${roleName(role, view.session.matter.track)}`) });
}

/** @param {string} until @param {number} now */
function promise(until, now) {
  const left = Date.parse(until) - now;
  const key = left >= 0 ? "room.caucus.promised" : "room.caucus.overdue";
  return t(key, { at: clock(until), left: stretch(left) });
}
