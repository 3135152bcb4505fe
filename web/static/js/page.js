/** What every page does: apply a change of theme or type size at once, lose nothing that has been filled in. */

import { tellWhatIsFilled } from "./filled.js";
import { holdBackTheImpossible } from "./impossible.js";
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

/**
 * The control a message is about: the one that says so, or the first that follows it in its field.
 * @param {Element} message
 */
function boxOf(message) {
  const around = message.closest(".field--error, fieldset, .field") ?? message.nextElementSibling;
  const boxes = [...(around?.querySelectorAll("input:not([type=hidden]), select, textarea") ?? [])];
  const after = (/** @type {Element} */ box) =>
    message.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING;
  return boxes.find((box) => box.getAttribute("aria-invalid") === "true") ?? boxes.find(after);
}

/** An answer that says what is wrong is read from there on, however far down its page that stands. */
function beginWhereItIsWrong() {
  const message = [...document.querySelectorAll("main .field__error")].find(
    (each) => !each.closest("[hidden], dialog"),
  );
  if (!message || document.activeElement !== document.body) return;
  message.closest("details")?.setAttribute("open", "");
  const box = boxOf(message);
  if (box instanceof HTMLElement) box.focus({ preventScroll: true });
  message.scrollIntoView({ block: "center" });
}

holdBackTheImpossible(); // first, so that what is not sent is not forgotten
// on the document: a page may change under it
document.addEventListener("submit", onPreference);
keepTyping();
beginWhereItIsWrong();
if (document.querySelector('meta[name="reader"]')) tellWhatIsFilled(); // of nobody else anything is kept for later
