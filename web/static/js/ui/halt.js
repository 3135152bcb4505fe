/** Why one is not in the room any more, what follows, and the way on: seat taken, removed, refused, ended. */

import { has, t } from "../i18n.js";
import { icon } from "../icons.js";
import { problemText } from "./notices.js";
import { box, onChange, say, show } from "./parts.js";
import { stateElement } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").Halt} Halt */
/** @typedef {import("./words.js").State} State */
/** @typedef {{label: string, primary?: boolean, href?: string, run?: () => unknown}} Way */
/** @typedef {{state: State, title: string, lead: string, next?: string[], ways: Way[], key: string}} Page */
/** @typedef {{takeOver: () => unknown, enterAgain: () => unknown, stay: () => unknown}} Acts */

const LAPSES = ["suspended_too_long", "sitting_too_long", "recalled", "no_show"];
const homeAddress = () => document.body.dataset.home ?? "";

export class HaltPage {
  #acts;

  /** @param {Acts} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {RoomModel} model */
  render(model) {
    const { halt } = model;
    if (!halt) return;
    const page = pageOf(halt, this.#acts);
    onChange(box("halt"), page.key, () => draw(page));
    drawSync(halt, model.sync);
  }
}

/** @param {Page} page */
function draw(page) {
  box("halt-state").replaceChildren(...stateElement(page.state).childNodes);
  box("halt-state").className = stateElement(page.state).className;
  say(box("halt-title"), page.title);
  say(box("halt-lead"), page.lead);
  const next = box("halt-next");
  show(next, Boolean(page.next?.length));
  next.replaceChildren(...(page.next ?? []).map(nextLine));
  box("halt-acts").replaceChildren(...page.ways.map(wayElement));
  show(box("halt-acts"), page.ways.length > 0);
}

/** @param {string} text */
function nextLine(text) {
  const item = document.createElement("li");
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  return item;
}

/** @param {Way} way */
function wayElement(way) {
  const element = document.createElement(way.href ? "a" : "button");
  element.className = way.primary ? "btn btn--primary" : "btn";
  element.textContent = way.label;
  if (element instanceof HTMLAnchorElement && way.href) element.href = way.href;
  if (element instanceof HTMLButtonElement) element.type = "button";
  if (way.run) element.addEventListener("click", way.run);
  return element;
}

/** @param {Halt} halt @param {Acts} acts @returns {Page} */
function pageOf(halt, acts) {
  switch (halt.kind) {
    case "ended":
      return ended(halt);
    case "refused":
      return refused(halt.problem);
    case "removed":
      return removed(halt.reason);
    case "left":
      return simple("left", { icon: "leave" }, [
        { label: t("room.halt.enter_again"), primary: true, run: acts.enterAgain },
      ]);
    case "taken_over":
      return simple("taken_over", { icon: "laptop" }, [
        { label: t("room.halt.take_back"), run: acts.takeOver },
      ]);
    default:
      return simple("seat_taken", { kind: "weak", icon: "laptop" }, [
        { label: t("room.halt.take_over"), primary: true, run: acts.takeOver },
        { label: t("room.halt.stay"), run: acts.stay },
      ]);
  }
}

/** @param {string} key @param {Omit<State, "word">} state @param {Way[]} ways @returns {Page} */
function simple(key, state, ways) {
  const word = t(`room.halt.${key}_state`);
  return {
    key,
    state: { ...state, word },
    title: t(`room.halt.${key}`),
    lead: t(`room.halt.${key}_lead`),
    ways,
  };
}

/** @param {import("../../../types/room").Problem} problem @returns {Page} */
function refused(problem) {
  const known = has(`room.halt.refused_${problem.code}`);
  const title = t(known ? `room.halt.refused_${problem.code}` : "room.halt.refused");
  const state = { kind: "bad", icon: "alert", word: t("room.halt.refused_state") };
  const lead = problemText(problem);
  return {
    key: `refused ${problem.code}`,
    state,
    title,
    lead,
    next: [t("room.halt.help", { code: problem.code })],
    ways: home(),
  };
}

/** @param {string} reason @returns {Page} */
function removed(reason) {
  const page = simple("removed", { kind: "bad", icon: "leave" }, []);
  return {
    ...page,
    lead: reason ? t("room.halt.removed_reason", { reason }) : page.lead,
    next: [t("room.halt.removed_next")],
  };
}

/** @param {Extract<Halt, {kind: "ended"}>} halt @returns {Page} */
function ended(halt) {
  const known = has(`room.ended.${halt.outcome}`);
  const key = known ? halt.outcome : "unknown";
  if (halt.session || homeAddress()) return endedForStaff(halt, key);
  return {
    key: `ended ${key}`,
    state: { kind: "ok", icon: "check-c", word: t("room.ended.state") },
    title: t("room.ended.thanks"),
    lead: t(`room.ended.${key}`),
    next: [1, 2].map((n) => t(`room.ended.${key}_next_${n}`)),
    ways: [],
  };
}

/** @param {Halt} halt whether the house ended it, without an outcome */
export const isLapsed = (halt) => halt.kind === "ended" && LAPSES.includes(halt.outcome);

/** @param {Extract<Halt, {kind: "ended"}>} halt @returns {string} what follows for staff: after a recall nothing more is scheduled */
function staffLead(halt) {
  if (halt.outcome === "recalled") return "room.ended.staff_recalled";
  return isLapsed(halt) ? "room.ended.staff_lapsed" : "room.ended.staff";
}

/** @param {Extract<Halt, {kind: "ended"}>} halt @param {string} key @returns {Page} */
function endedForStaff(halt, key) {
  const plain = key === "unknown" || isLapsed(halt);
  return {
    key: `closed ${key}`,
    state: { kind: "ok", icon: "check-c", word: t("room.ended.state") },
    title: plain ? t(`room.ended.${key}`) : t(`room.outcome.${key}`),
    lead: t(staffLead(halt)),
    ways: [
      ...(halt.session
        ? [{ label: t("room.ended.session"), primary: true, href: `/sessions/${halt.session}` }]
        : []),
      ...(halt.matter ? [{ label: t("room.ended.matter"), href: `/matters/${halt.matter}` }] : []),
      ...home(),
    ],
  };
}

/** @returns {Way[]} staff have a home; a party has none here */
const home = () => (homeAddress() ? [{ label: t("room.halt.home"), href: homeAddress() }] : []);

/** @type {Record<string, {kind: string, icon: string}>} */
const SYNC = {
  pending: { kind: "wait", icon: "hourglass" },
  synced: { kind: "ok", icon: "check-c" },
  failed: { kind: "bad", icon: "alert" },
};

/** @param {Halt} halt @param {RoomModel["sync"]} sync the outcome's way to the court, in a word */
function drawSync(halt, sync) {
  const line = box("halt-sync");
  const state = halt.kind === "ended" && halt.session && !isLapsed(halt) ? (sync ?? "pending") : null;
  show(line, state !== null);
  if (!state) return;
  onChange(line, state, () => {
    const pill = document.createElement("span");
    pill.className = `pill pill--${SYNC[state]?.kind}`;
    pill.dataset.syncState = state;
    pill.append(icon(SYNC[state]?.icon ?? "info"), t(`sync.${state}`));
    const words = document.createElement("span");
    words.className = "small soft";
    words.textContent = t(`room.ended.sync_${state}`);
    line.className = "row row--wrap halt__sync";
    line.replaceChildren(pill, words);
  });
}
