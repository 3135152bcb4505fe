/** Questions: one asked before what cannot be taken back, and a list of things to do. Knows no room. */
import { find } from "../find.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { box, part, say, show } from "./parts.js";

/**
 * @typedef {{title: string, text: string, yes: string, no?: string, danger?: boolean,
 *   field?: {label: string, error: string}}} Question
 * @typedef {{icon: string, label: string, effect?: string, danger?: boolean, run: () => unknown}} Choice
 */

/**
 * Asks, and waits for the answer.
 * @param {Question} question
 * @returns {Promise<string | null>} what was written ("" without a field), or null for no
 */
export function ask(question) {
  const dialog = find("#ask", HTMLDialogElement);
  const input = find("#ask-input", HTMLTextAreaElement);
  if (dialog.open) return Promise.resolve(null);
  fill(dialog, question, input);
  dialog.returnValue = "no";
  dialog.showModal();
  if (question.field) input.focus();
  return new Promise((answer) => {
    /** @param {SubmitEvent} event */
    const check = (event) => {
      const yes = event.submitter instanceof HTMLButtonElement && event.submitter.value === "yes";
      if (!yes || !question.field || input.value.trim()) return;
      event.preventDefault();
      tellError(box("ask-error"), question.field.error);
      input.focus();
    };
    const form = find("form", HTMLFormElement, dialog);
    form.addEventListener("submit", check);
    dialog.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", check);
        answer(dialog.returnValue === "yes" ? input.value.trim() : null);
      },
      { once: true },
    );
  });
}

/** @param {HTMLDialogElement} dialog @param {Question} question @param {HTMLTextAreaElement} input */
function fill(dialog, question, input) {
  say(find("#ask-title", HTMLElement, dialog), question.title);
  say(box("ask-text", dialog), question.text);
  const yes = part("ask-yes", HTMLButtonElement, dialog);
  say(yes, question.yes);
  yes.className = question.danger ? "btn btn--danger" : "btn btn--primary";
  say(box("ask-no", dialog), question.no ?? t("room.dialog.cancel"));
  show(box("ask-field", dialog), question.field !== undefined);
  show(box("ask-error", dialog), false);
  if (question.field) say(box("ask-label", dialog), question.field.label);
  input.value = "";
}

/** @param {HTMLElement} element an error line @param {string} text "" takes it away */
export function tellError(element, text) {
  say(find("span", HTMLElement, element), text);
  show(element, text !== "");
}

/**
 * Shows things to do, each with its consequence; choosing one closes the list.
 * @param {string} title @param {string} text @param {Choice[]} choices
 */
export function offer(title, text, choices) {
  const dialog = find("#menu", HTMLDialogElement);
  if (dialog.open) dialog.close();
  say(find("#menu-title", HTMLElement, dialog), title);
  const lead = box("menu-text", dialog);
  say(lead, text);
  show(lead, text !== "");
  box("menu-list", dialog).replaceChildren(...choices.map((choice) => choiceElement(choice, dialog)));
  dialog.showModal();
}

/** @param {Choice} choice @param {HTMLDialogElement} dialog */
function choiceElement(choice, dialog) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = choice.danger ? "menu__item menu__item--danger" : "menu__item";
  const words = document.createElement("span");
  words.textContent = choice.label;
  if (choice.effect) {
    const effect = document.createElement("small");
    effect.textContent = choice.effect;
    words.append(effect);
  }
  button.append(icon(choice.icon), words);
  button.addEventListener("click", () => {
    dialog.close();
    choice.run();
  });
  item.append(button);
  return item;
}

/** Every 关闭 button closes the dialog it stands in; a click beside a dialog that only shows things closes it too. */
export function closeButtons() {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-act="close-dialog"]')) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement && target.id === "menu") target.close();
  });
}
