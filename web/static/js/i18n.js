/** The texts, dates and clock times of the server (web/i18n.py) in the browser; knows no page. The catalogue of the
 * page's language is the module `locale/<language>.js`, made by the server from the same files. */

/** @typedef {Record<string, string | number>} Params */

export const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";

/** @type {Record<string, string>} */
const texts = (await import(`../locale/${language}.js`)).default;

const MARK = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g;
const ZONE = "Asia/Shanghai";
const TAG = language === "en" ? "en-GB" : "zh-CN";
const clockFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hour: "numeric",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayFormat = new Intl.DateTimeFormat(TAG, {
  timeZone: ZONE,
  month: language === "en" ? "short" : "long",
  day: "numeric",
});

/**
 * The text under `key` with its parameters put in; `{n|day|days}` chooses by the parameter `n`.
 * @param {string} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(MARK, (_, name, one, other) => {
    const value = params[name];
    if (value === undefined) throw new Error(`${key} needs ${name}`);
    if (one === undefined) return String(value);
    return Number(value) === 1 ? one : other;
  });
}

/**
 * Whether there is a text under `key`.
 * @param {string} key
 */
export function has(key) {
  return key in texts;
}

/**
 * What the person reads about a refusal; an unknown code gets the general sentence.
 * @param {string} code
 * @param {Params} [params]
 */
export function errorText(code, params = {}) {
  return t(has(`error.${code}`) ? `error.${code}` : "error.refused", params);
}

/**
 * Clock time, 24 hours, at the court: `10:00`.
 * @param {Date | string | number} at
 */
export function clock(at) {
  return clockFormat.format(new Date(at)).replace(/^0(?=\d)/, "");
}

/**
 * The same to the second, for what has to be found in a log: `10:00:07`.
 * @param {Date | string | number} at
 */
export function exactClock(at) {
  return `${clock(at)}:${String(new Date(at).getSeconds()).padStart(2, "0")}`;
}

/**
 * Day at the court: `11月23日`, `23 Nov`.
 * @param {Date | string | number} at
 */
export function shortDay(at) {
  return dayFormat.format(new Date(at));
}

/**
 * A stretch of time as on a recorder: `32:14`, `1:02:03`.
 * @param {number} ms
 */
export function elapsed(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  if (hours) parts.unshift(hours);
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}
