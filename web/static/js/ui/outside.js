/** Those who wait outside our caucus: what they signal, and what the mediator promised them. Knows no sockets. */
import { fromTemplate } from "../find.js";
import { clock, t } from "../i18n.js";
import { outside, sideClass } from "../room/rules.js";
import { box, keep, say, show } from "./parts.js";
import { drawStates, introduce, stretch } from "./words.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("./words.js").State} State */
/** @typedef {import("../../../types/protocol").Signal} Signal */

const SOON_MS = 120_000;
/** @type {Record<Signal, {kind: string, icon: string}>} */
const LOOKS = {
  ready: { kind: "ok", icon: "check-c" },
  break: { kind: "weak", icon: "cup" },
  lawyer: { kind: "weak", icon: "phone" },
  unsafe: { kind: "lost", icon: "shield" },
};

/** @param {RoomView} view @param {number} now */
export function drawOutside(view, now) {
  const section = box("outside");
  const people = outside(view);
  show(section, people.length > 0);
  if (people.length === 0) return;
  const make = () => fromTemplate("#outseat-piece", HTMLElement);
  keep(
    listOf(section),
    people,
    (each) => each.participant,
    make,
    (element, person) => {
      element.classList.add(sideClass(person.side));
      introduce(element, person, view.session.matter.track);
      drawStates(box("states", element), waitingStates(person));
      drawPromise(element, person, view, now);
    },
  );
}

/** @param {Person} person @returns {State[]} what somebody who waits tells the mediator */
export const signalStates = (person) =>
  person.signals.map(({ signal, at }) => ({
    ...LOOKS[signal],
    word: t("room.signal.given", { signal: t(`room.signal.${signal}`), at: clock(at) }),
  }));

/** @param {Person} person @returns {State[]} */
function waitingStates(person) {
  if (!person.connected)
    return [{ kind: "lost", icon: "signal-lost", word: t("room.line.short_lost") }, ...signalStates(person)];
  return person.signals.length > 0 ? signalStates(person) : [{ word: t("room.outside.waits") }];
}

/** @param {HTMLElement} element @param {Person} person @param {RoomView} view @param {number} now */
function drawPromise(element, person, view, now) {
  const until = person.side === "neutral" ? null : (view.caucus?.until ?? null);
  const left = until ? Date.parse(until) - now : 0;
  say(box("promise", element), until ? t("room.outside.promised", { at: clock(until) }) : "");
  const word = box("left", element);
  const key = left >= 0 ? "room.outside.left" : "room.outside.overdue";
  say(word, until ? t(key, { left: stretch(left) }) : "");
  word.classList.toggle("amber", left < SOON_MS);
}

/** @param {HTMLElement} section @returns {Element} */
function listOf(section) {
  const list = section.querySelector(".outside__list");
  if (list) return list;
  const made = document.createElement("div");
  made.className = "outside__list";
  section.append(made);
  return made;
}
