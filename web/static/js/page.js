/** What every page does: apply a change of theme or type size at once, lose nothing that has been filled in. */

import { keepTyping } from "./typing.js";

const root = document.documentElement;

/**
 * @param {string} name
 * @param {string} value
 */
function apply(name, value) {
  if (value) root.setAttribute(`data-${name}`, value);
  else root.removeAttribute(`data-${name}`);
  for (const button of document.querySelectorAll(`[data-preferences] button[name="${name}"]`)) {
    const isSwitch = button.classList.contains("tool");
    button.setAttribute(
      "aria-pressed",
      String(isSwitch ? value !== "" : button.getAttribute("value") === value),
    );
    if (isSwitch) button.setAttribute("value", value ? "" : "large");
  }
}

/** @param {SubmitEvent} event */
function onPreference(event) {
  const button = event.submitter;
  const form = event.target;
  if (!(button instanceof HTMLButtonElement) || !(form instanceof HTMLFormElement)) return;
  if (!("preferences" in form.dataset)) return;
  if (button.name === "language") return; // other words: the server writes the page anew
  event.preventDefault();
  const { name, value } = button;
  apply(name, value);
  const body = new URLSearchParams({ [name]: value, back: "/" });
  fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
}

// on the document: a page may change under it
document.addEventListener("submit", onPreference);
keepTyping();
