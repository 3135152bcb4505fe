/** The dialogs of the mediator that carry a decision: opening a caucus, and how the sitting ends. Knows no sockets. */
import { find } from "../find.js";
import { t } from "../i18n.js";
import { caucusPeople, caucusSides, roleName } from "../room/rules.js";
import { ask, tellError } from "./dialogs.js";
import { box, part, say, show } from "./parts.js";
import { listed } from "./words.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Side} Side */
/** @typedef {import("../../../types/room").ConcludeForm} ConcludeForm */

/**
 * With which side, and for how long.
 * @param {RoomView} view
 * @returns {Promise<{side: Side, minutes: number} | null>}
 */
export function askCaucus(view) {
  const dialog = find("#caucus", HTMLDialogElement);
  const sides = box("caucus-sides", dialog);
  sides.replaceChildren(...caucusSides(view).map((side) => sideChoice(side, view)));
  tellError(box("caucus-error", dialog), "");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener(
      "close",
      () => {
        const side = sides.querySelector("input:checked");
        const minutes = find("#caucus-minutes", HTMLInputElement).valueAsNumber;
        const yes = dialog.returnValue === "yes" && side instanceof HTMLInputElement;
        answer(yes ? { side: /** @type {Side} */ (side.value), minutes } : null);
      },
      { once: true },
    );
  });
}

/** @param {Side} side @param {RoomView} view */
function sideChoice(side, view) {
  const people = caucusPeople(view).filter((each) => each.side === side);
  const label = document.createElement("label");
  label.className = "choice__item";
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "side", value: side, required: true });
  const word = document.createElement("span");
  word.className = "choice__label";
  const role = side === "third" ? "third_party" : side === "respondent" ? "respondent" : "applicant";
  word.textContent = t(`role.${roleName(role, view.session.matter.track)}`);
  const names = document.createElement("span");
  names.className = "choice__then";
  names.textContent = listed(people.map((each) => each.name));
  label.append(input, word, names);
  return label;
}

const WANTS = /** @type {const} */ ({
  agreed: { terms: true, reasons: false, ground: false },
  partial: { terms: true, reasons: true, ground: false },
  continue: { terms: false, reasons: true, ground: false },
  failed: { terms: false, reasons: true, ground: true },
});
/** @typedef {keyof typeof WANTS} Outcome */

/** How the sitting ends. Asks once more before it is sent, because it cannot be taken back. */
export class ConcludeDialog {
  #dialog = find("#conclude", HTMLDialogElement);
  #form = find("form", HTMLFormElement, this.#dialog);

  /** @param {(form: ConcludeForm) => Promise<string>} send the text of a refusal, or "" */
  constructor(send) {
    this.#form.addEventListener("change", () => this.#follow());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(send);
    });
  }

  /** @param {string} kind only a mediation comes to an outcome of the matter; other sittings are simply over */
  open(kind) {
    tellError(box("conclude-error", this.#dialog), "");
    for (const input of this.#form.querySelectorAll('input[name="outcome"]')) {
      if (!(input instanceof HTMLInputElement)) continue;
      const label = input.closest("label");
      if (label) show(label, kind === "mediation" || input.value === "continue");
    }
    this.#follow();
    this.#dialog.showModal();
  }

  /** @returns {Outcome | null} */
  #outcome() {
    const value = new FormData(this.#form).get("outcome");
    return typeof value === "string" && value in WANTS ? /** @type {Outcome} */ (value) : null;
  }

  /** Shows what the chosen outcome wants to know, and nothing else. */
  #follow() {
    const outcome = this.#outcome();
    const wants = outcome ? WANTS[outcome] : { terms: false, reasons: false, ground: false };
    show(box("conclude-grounds", this.#dialog), wants.ground);
    show(box("conclude-terms", this.#dialog), wants.terms);
    show(box("conclude-reasons", this.#dialog), wants.reasons);
    if (outcome && wants.reasons)
      say(part("conclude-reasons-label", HTMLElement, this.#dialog), t(`room.conclude.reasons_${outcome}`));
  }

  /** @param {(form: ConcludeForm) => Promise<string>} send */
  async #submit(send) {
    const outcome = this.#outcome();
    const form = this.#read();
    const missing = outcome && form ? missingOf(outcome, form) : "outcome";
    tellError(box("conclude-error", this.#dialog), missing ? t(`room.conclude.missing_${missing}`) : "");
    if (missing || !form) return;
    const sure = await ask({
      title: t("room.conclude.sure", { outcome: t(`room.outcome.${outcome}`) }),
      text: t("room.conclude.sure_text"),
      yes: t("room.conclude.sure_yes"),
      danger: true,
    });
    if (sure === null) return;
    const refusal = await send(form);
    tellError(box("conclude-error", this.#dialog), refusal);
    if (!refusal) this.#dialog.close();
  }

  /** @returns {ConcludeForm | null} */
  #read() {
    const outcome = this.#outcome();
    if (!outcome) return null;
    const data = new FormData(this.#form);
    const text = (/** @type {string} */ name, /** @type {boolean} */ wanted) =>
      wanted ? String(data.get(name) ?? "").trim() : "";
    const ground = text("ground", WANTS[outcome].ground);
    const rest = {
      terms: text("terms", WANTS[outcome].terms),
      reasons: text("reasons", WANTS[outcome].reasons),
    };
    return ground ? { outcome, ground, ...rest } : { outcome, ...rest };
  }
}

/** @param {Outcome} outcome @param {ConcludeForm} form @returns {"" | "ground" | "terms" | "reasons"} what the law wants and is not there */
function missingOf(outcome, form) {
  const wants = WANTS[outcome];
  if (wants.ground && !form.ground) return "ground";
  if (wants.terms && !form.terms) return "terms";
  return wants.reasons && !form.reasons ? "reasons" : "";
}
