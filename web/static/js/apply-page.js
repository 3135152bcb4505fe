/** The pages of an application: what is typed is sent to the server as it is typed, so that nothing is ever lost. */

import { find } from "./find.js";
import { t } from "./i18n.js";

const WAIT_MS = 900;
const AGAIN_MS = 5_000;

/** @param {HTMLFormElement} form @param {HTMLElement} told */
function keep(form, told) {
  let timer = 0;
  let going = false;

  async function send() {
    going = true;
    const fields = new FormData(form);
    fields.set("go", "keep");
    const body = new URLSearchParams();
    for (const [name, value] of fields) if (typeof value === "string") body.append(name, value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (answer.status !== 204) throw new Error(`${answer.status}`);
      const time = new Date().toLocaleTimeString(document.documentElement.lang, {
        hour: "2-digit",
        minute: "2-digit",
      });
      told.textContent = t("apply.saved_now", { time });
    } catch {
      told.textContent = t("apply.not_saved");
      later(AGAIN_MS);
    }
    going = false;
  }

  /** @param {number} ms */
  function later(ms) {
    clearTimeout(timer);
    timer = window.setTimeout(() => (going ? later(ms) : send()), ms);
  }

  form.addEventListener("input", () => later(WAIT_MS));
  form.addEventListener("submit", () => clearTimeout(timer));
}

const form = document.querySelector("form[data-kept]");
if (form instanceof HTMLFormElement) keep(form, find("[data-saved]", HTMLElement));
