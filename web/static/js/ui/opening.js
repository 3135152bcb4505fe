/** The opening of a sitting: what is ticked off before it may start, and why it may not start yet. Knows no sockets. */
import { find, fromTemplate } from "../find.js";
import { t } from "../i18n.js";
import { hasStarted, here, may, roleName } from "../room/rules.js";
import { box, keep, mark, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {{check: (item: import("../../../types/protocol").ChecklistItem, done: boolean) => unknown}} OpeningActs */

/** A sitting begins when somebody of each side is there: the server's rule. */
const BOTH_SIDES = /** @type {const} */ (["applicant", "respondent"]);

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
      },
    );
    this.#start(view, list);
  }

  /** @param {import("../../../types/protocol").ChecklistItem} item */
  #make(item) {
    const element = fromTemplate("#tick-piece", HTMLElement);
    say(box("label", element), t(`room.opening.${item}`));
    const tick = find("input", HTMLInputElement, element);
    tick.addEventListener("change", () => this.#acts.check(item, tick.checked));
    if (item === "discipline" || item === "rights") {
      show(find("details", HTMLElement, element), true);
      say(box("script", element), t(`room.script.${item}`));
    }
    return element;
  }

  /** @param {RoomView} view @param {NonNullable<RoomView["checklist"]>} list */
  #start(view, list) {
    const why = whyNot(view, list);
    say(box("start-why"), why || t("room.opening.ready"));
    mark(find('[data-act="start"]', HTMLElement), "aria-disabled", why !== "");
  }
}

/** @param {RoomView} view @param {NonNullable<RoomView["checklist"]>} list @returns {string} what is missing, "" for nothing */
function whyNot(view, list) {
  const missing = list.filter((each) => !each.done).map((each) => t(`room.opening.${each.item}_short`));
  if (missing.length > 0) return t("room.opening.missing", { what: missing.join(t("room.opening.and")) });
  const present = here(view).filter((each) => each.side !== "neutral" && each.connected);
  const empty = BOTH_SIDES.filter((side) => !present.some((each) => each.side === side));
  if (empty.length > 0) {
    const who = empty.map((side) => t(`role.${roleName(side, view.session.matter.track)}`));
    return t("room.opening.absent", { who: who.join(t("room.opening.and")) });
  }
  const unverified = present.find((each) => !each.verified);
  return unverified ? t("room.opening.unverified", { name: unverified.name }) : "";
}
