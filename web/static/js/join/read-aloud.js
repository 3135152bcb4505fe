/** “读给我听”: reads what stands above a decision, in the language of the page, with the browser's own voice. */

import { findAll } from "../find.js";
import { t } from "../i18n.js";

/** Shows the buttons where the browser can speak, and lets each read its own step; a second press stops it. */
export function bindListenButtons() {
  if (!("speechSynthesis" in window)) return;
  for (const button of findAll("[data-listen]", HTMLButtonElement)) {
    button.hidden = false;
    button.addEventListener("click", () => toggle(button));
  }
}

/** @param {HTMLButtonElement} button */
function toggle(button) {
  const speaking = speechSynthesis.speaking;
  speechSynthesis.cancel();
  if (speaking) return;
  const step = button.closest("[data-step]");
  const parts = [...(step?.querySelectorAll("[data-read] :is(h2, p, li)") ?? [])];
  const utterance = new SpeechSynthesisUtterance(parts.map((part) => part.textContent?.trim()).join("\n"));
  utterance.lang = document.documentElement.lang;
  utterance.rate = 0.9;
  utterance.onend = () => say(button, "join.listen");
  say(button, "join.listen_stop");
  speechSynthesis.speak(utterance);
}

/** @param {HTMLButtonElement} button @param {string} key */
function say(button, key) {
  button.lastChild?.replaceWith(t(key));
}
