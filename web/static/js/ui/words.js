/** The words of seats, roles, lines and distances of time. Knows the catalogue and the model's shapes, not the page. */

import { clock, language, t } from "../i18n.js";
import { icon } from "../icons.js";
import { glyphName, seatName, sideClass } from "../room/rules.js";
import { box, mark, onChange, say } from "./parts.js";

/** @typedef {import("../../../types/protocol").Role} Role */
/** @typedef {import("../../../types/protocol").Side} Side */
/** @typedef {import("../../../types/protocol").QualityLevel} QualityLevel */
/** @typedef {{name: string, role: Role, side: Side, you?: boolean, presider?: boolean}} Named */
/** @typedef {{kind?: string, icon?: string, wave?: boolean, word: string}} State */

/** @type {Record<QualityLevel, {kind: string, icon: string}>} */
const LINES = {
  good: { kind: "ok", icon: "signal" },
  weak: { kind: "weak", icon: "signal-low" },
  lost: { kind: "lost", icon: "signal-lost" },
};

/**
 * Writes glyph, name and role into an element that has these parts.
 * @param {HTMLElement} root @param {Named} person @param {string} track how the matter came here: it decides the role's word
 */
export function introduce(root, person, track) {
  const glyph = box("glyph", root);
  say(glyph, t(`glyph.${glyphName(person.role, track)}`));
  for (const name of ["side-a", "side-b", "side-c", "side-n"])
    glyph.classList.toggle(name, name === sideClass(person.side));
  say(box("name", root), person.name);
  say(box("role", root), roleWord(person, track));
}

/** @param {Named} person @param {string} track @returns {string} 原告, 调解员·我 */
export function roleWord(person, track) {
  const role = t(`role.${seatName(person, track)}`);
  return person.you ? t("room.role_me", { role }) : role;
}

/** @param {QualityLevel | null | undefined} level @param {"short" | "long"} [length] @returns {State | null} */
export function lineState(level, length = "short") {
  return level ? { ...LINES[level], word: t(`room.line.${length}_${level}`) } : null;
}

/** @param {State} state @returns {HTMLElement} icon and word, never a colour alone */
export function stateElement(state) {
  const element = document.createElement("span");
  element.className = `state${state.kind ? ` state--${state.kind}` : ""}${state.wave ? " strong" : ""}`;
  if (state.wave) element.append(wave());
  else if (state.icon) element.append(icon(state.icon));
  const word = document.createElement("span");
  word.className = "state__word";
  word.textContent = state.word;
  element.append(word);
  return element;
}

/** @param {Element} element @param {(State | null)[]} states drawn anew only when they changed */
export function drawStates(element, states) {
  const there = states.filter((each) => each !== null);
  onChange(element, JSON.stringify(there), () => element.replaceChildren(...there.map(stateElement)));
}

/** @param {HTMLElement} element a `.state` @param {State} state fills it in place */
export function drawState(element, state) {
  onChange(element, JSON.stringify(state), () => {
    const fresh = stateElement(state);
    const kept = ["push", "strong"].filter((name) => element.classList.contains(name));
    element.className = [fresh.className, ...kept].join(" ");
    element.replaceChildren(...fresh.childNodes);
  });
}

function wave() {
  const element = document.createElement("span");
  element.className = "wave";
  mark(element, "aria-hidden", "true");
  element.append(document.createElement("i"), document.createElement("i"), document.createElement("i"));
  return element;
}

/**
 * A sentence with one part of it in bold; the part is put in as text, whatever it holds.
 * @param {Element} element @param {string} key @param {string} name of the parameter @param {string} value
 */
export function sayBold(element, key, name, value) {
  onChange(element, `${key} ${value}`, () => {
    const [before = "", after = ""] = t(key, { [name]: SLOT }).split(SLOT);
    const bold = document.createElement("b");
    bold.textContent = value;
    element.replaceChildren(before, bold, after);
  });
}
const SLOT = "\u0001";

/** @param {string[]} names @returns {string} 周承安、林若溪 */
export const listed = (names) => names.join(language === "en" ? ", " : "、");

/** @param {number} ms a stretch of time @returns {string} 11分钟, 1小时5分钟; under a minute 不到1分钟 */
export function stretch(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 1) return t("room.under_a_minute");
  if (minutes < 60) return t("time.length_minutes", { n: minutes });
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return m ? t("time.length_hours_minutes", { h, m }) : t("time.length_hours", { n: h });
}

/** @param {string} key of a sentence with `at` and `long`; `<key>_now` says it for the first minute @param {string} since @param {number} now */
export function sinceWords(key, since, now) {
  const [at, passed] = [clock(since), now - Date.parse(since)];
  return passed < 60_000 ? t(`${key}_now`, { at }) : t(key, { at, long: stretch(passed) });
}
