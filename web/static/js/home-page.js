/** The mediator's day: keeps the distance to the next sitting true while the page lies open. */

import { findAll } from "./find.js";
import { t } from "./i18n.js";

const MINUTE_MS = 60_000;

/** @param {number} minutes */
function distance(minutes) {
  if (minutes >= 1440) return t("time.in_days", { n: Math.floor(minutes / 1440) });
  if (minutes >= 60) return t("time.in_hours", { n: Math.floor(minutes / 60) });
  return minutes > 0 ? t("time.in_minutes", { n: minutes }) : t("time.now");
}

/** @param {HTMLElement} place */
function refresh(place) {
  const left = Date.parse(place.dataset.countdown ?? "") - Date.now();
  if (place.textContent && Number.isFinite(left) && left >= 0)
    place.textContent = distance(Math.floor(left / MINUTE_MS));
}

const places = findAll("[data-countdown]", HTMLElement);
setInterval(() => places.forEach(refresh), MINUTE_MS / 2);
