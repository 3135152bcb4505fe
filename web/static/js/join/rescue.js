/** What to do when a device cannot be had: one dialog, its steps for this fault and this browser, then another try. */

import { find } from "../find.js";
import { t } from "../i18n.js";

/** @typedef {import("../../../types/room").DeviceFault | "help" | "silent"} Trouble */

const STEPS = ["1", "2", "3"];

/**
 * The browser family whose settings the steps name.
 * @param {string} agent
 * @returns {"wechat" | "ios" | "safari" | "firefox" | "chrome"}
 */
export function browserOf(agent) {
  if (/MicroMessenger/i.test(agent)) return "wechat";
  if (/iPhone|iPad|iPod/.test(agent)) return "ios";
  if (/Firefox\//.test(agent)) return "firefox";
  if (/Safari\//.test(agent) && !/Chrome|Chromium|Edg\//.test(agent)) return "safari";
  return "chrome";
}

/**
 * Which advice fits: by fault, and for permission by browser; inside WeChat always “use a browser”.
 * @param {Trouble} trouble
 * @param {string} browser
 * @returns {string}
 */
export function adviceFor(trouble, browser) {
  if (browser === "wechat" && trouble !== "help") return "wechat";
  if (trouble === "denied") return `denied_${browser}`;
  return trouble;
}

/** Event `retry` when the person wants to try again. */
export class Rescue extends EventTarget {
  #dialog;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    super();
    this.#dialog = dialog;
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "retry") this.dispatchEvent(new Event("retry"));
    });
    const copy = find("[data-copy]", HTMLButtonElement, dialog);
    const link = find("input", HTMLInputElement, dialog);
    copy.addEventListener("click", async () => {
      link.select();
      await navigator.clipboard?.writeText(link.value).catch(() => undefined);
      copy.lastChild?.replaceWith(t("join.copied"));
    });
  }

  /** @param {Trouble} trouble */
  open(trouble) {
    const advice = adviceFor(trouble, browserOf(navigator.userAgent));
    find("#rescue-title", HTMLElement).textContent = t(`rescue.${advice}.title`);
    find("#rescue-lead", HTMLElement).textContent = t(`rescue.${advice}.lead`);
    const items = STEPS.map((step) => {
      const item = document.createElement("li");
      item.textContent = t(`rescue.${advice}.${step}`);
      return item;
    });
    find("#rescue-steps", HTMLElement).replaceChildren(...items);
    find("#rescue-link", HTMLElement).hidden = advice !== "wechat" && advice !== "unsupported";
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}
