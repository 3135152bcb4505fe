/** The opening of a sitting: what is read out and ticked off before it may start, and why it may not start yet. Knows no sockets. */
import { find, fromTemplate } from "../find.js";
import { clock, t } from "../i18n.js";
import { hasStarted, may, roleName } from "../room/rules.js";
import { box, keep, mark, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").Role} Role */
/** @typedef {import("../../../types/protocol").ChecklistItem} ChecklistItem */
/** @typedef {{check: (item: ChecklistItem, done: boolean) => unknown}} OpeningActs */

const SIDES = ["applicant", "respondent"];

export class Opening {
  #acts;

  /** @param {OpeningActs} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {RoomView} view */
  render(view) {
    const list = view.checklist;
    const opening = list !== null && !hasStarted(view);
    show(box("opening"), opening);
    show(box("start-foot"), opening && may(view, "start"));
    if (!opening) return;
    const done = list.filter((each) => each.done).length;
    say(box("opening-count"), t("room.opening.count", { done, all: list.length }));
    keep(
      box("opening-list"),
      list,
      (each) => each.item,
      (each) => this.#make(each.item),
      (element, each) => {
        find("input", HTMLInputElement, element).checked = each.done;
        say(box("at", element), each.at ? t("room.opening.at", { at: clock(each.at) }) : "");
      },
    );
    drawStart(view);
  }

  /** @param {ChecklistItem} item */
  #make(item) {
    const element = fromTemplate("#tick-piece", HTMLElement);
    say(box("label", element), t(`room.opening.${item}`));
    const tick = find("input", HTMLInputElement, element);
    tick.addEventListener("change", () => this.#acts.check(item, tick.checked));
    say(box("script", element), t(`room.script.${item}`));
    return element;
  }
}

/** @param {RoomView} view */
function drawStart(view) {
  const why = whyNot(view, view.missing ?? []);
  say(box("start-why"), why || t("room.opening.ready"));
  mark(find('[data-act="start"]', HTMLElement), "aria-disabled", why !== "");
}

/** @param {RoomView} view @param {string[]} missing what the server says is missing @returns {string} in words, "" for nothing */
function whyNot(view, missing) {
  const items = new Set((view.checklist ?? []).map((each) => String(each.item)));
  const undone = missing.filter((each) => items.has(each)).map((each) => t(`room.opening.${each}_short`));
  if (undone.length > 0) return t("room.opening.missing", { what: undone.join(t("room.opening.and")) });
  const empty = missing.filter((each) => SIDES.includes(each));
  if (empty.length > 0) {
    const who = empty.map((side) =>
      t(`role.${roleName(/** @type {Role} */ (side), view.session.matter.track)}`),
    );
    return t("room.opening.absent", { who: who.join(t("room.opening.and")) });
  }
  if (missing.includes("nobody")) return t("room.opening.nobody");
  return missing.includes("unverified") ? unverified(view) : "";
}

/** @param {RoomView} view @returns {string} whose identity is still to be checked */
function unverified(view) {
  const person = view.people.find((each) => each.side !== "neutral" && each.connected && !each.verified);
  return t("room.opening.unverified", { name: person?.name ?? "" });
}
