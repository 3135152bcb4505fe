/** Times of a review as people read them; pure. */

import { t } from "../i18n.js";

/**
 * `m:ss` or `h:mm:ss`, minutes with two digits: 05:03, 1:05:03.
 * @param {number} ms
 */
export function clockText(ms) {
  const seconds = Math.floor(ms / 1000);
  const pair = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/**
 * A length in words: 11分钟, 20秒.
 * @param {number} ms
 */
export function lengthText(ms) {
  if (ms < 60_000) return t("review.seconds", { n: Math.max(1, Math.round(ms / 1000)) });
  return t("review.minutes", { n: Math.round(ms / 60_000) });
}

/**
 * The wall clock of the sitting at a position, Asia/Shanghai: 2026-11-18 10:28:51.
 * @param {string} startedAt instant, ISO 8601
 * @param {number} ms
 */
export function wallText(startedAt, ms) {
  return wall.format(new Date(Date.parse(startedAt) + ms));
}

const wall = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});
