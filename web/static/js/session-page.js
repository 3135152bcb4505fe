/** A sitting's page: copying links, and the outcome's way to the court, which updates itself. */

import { find, findAll } from "./find.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

/** @typedef {"pending" | "synced" | "failed"} Sync */

const EVERY_MS = 2000;
const SHOWN = { pending: ["wait", "hourglass"], synced: ["ok", "check-c"], failed: ["bad", "alert"] };

for (const button of findAll("[data-copy]", HTMLButtonElement)) {
  const box = button.closest(".linkbox");
  if (!box) continue;
  button.addEventListener("click", async () => {
    const input = find("input", HTMLInputElement, box);
    input.select();
    await navigator.clipboard?.writeText(input.value).catch(() => undefined);
    find("span", HTMLElement, button).textContent = t("join.copied");
  });
}

/** @param {Sync} state */
function pill(state) {
  const [kind = "", symbol = ""] = SHOWN[state];
  const element = document.createElement("span");
  element.className = `pill pill--${kind}`;
  element.dataset.syncState = state;
  element.append(icon(symbol), t(`sync.${state}`));
  return element;
}

/** @param {HTMLElement} place */
async function refresh(place) {
  const response = await fetch(place.dataset.sync ?? "", { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  /** @type {{state: Sync | null}} */
  const { state } = await response.json();
  const shown = place.querySelector("[data-sync-state]")?.getAttribute("data-sync-state");
  if (!state || state === shown) return;
  place.replaceChildren(pill(state));
  find("[data-sync-text]", HTMLElement).textContent = t(`sync.text_${state}`);
  find("[data-sync-resend]", HTMLFormElement).hidden = state === "synced";
}

/** @param {HTMLElement} place */
function follow(place) {
  const timer = setInterval(async () => {
    await refresh(place).catch(() => undefined); // the line is lost: the next try will tell
    if (place.querySelector('[data-sync-state="synced"]')) clearInterval(timer);
  }, EVERY_MS);
}

for (const place of findAll("[data-sync]", HTMLElement)) {
  if (!place.querySelector('[data-sync-state="synced"]')) follow(place);
}
