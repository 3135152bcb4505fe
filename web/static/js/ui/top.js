/** The head of the live room: the matter, its period, and whether anything is recorded. Knows no sockets. */

import { elapsed, language, shortDay, t } from "../i18n.js";
import { icon } from "../icons.js";
import { box, mark, onChange, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */

const DAY_MS = 86_400_000;
/** Why nothing is recorded, in words we have; anything else the server says in general. */
const REASONS = ["not_started", "caucus", "suspended", "not_consented", "presider_lost", "failed"];

export class Top {
  #title = box("matter-title");
  #cause = box("matter-cause");
  #number = box("matter-no");
  #period = box("period");
  #pill = box("rec");
  #strip = box("strip");

  /** @param {RoomModel} model @param {RoomView} view @param {number} now */
  render(model, view, now) {
    const { matter } = view.session;
    const sides = sidesOf(matter);
    say(this.#title, sides ? t("room.top.title", { title: sides }) : "");
    say(this.#cause, matter.cause);
    say(this.#number, listedNumber(view));
    show(this.#period, matter.period_end !== null);
    if (matter.period_end) this.#drawPeriod(matter.period_end, now);
    this.#drawRecording(model, view);
  }

  /** @param {string} end last day of the mediation period, Asia/Shanghai @param {number} now */
  #drawPeriod(end, now) {
    const days = Math.round((Date.parse(`${end}T00:00:00+08:00`) - startOfDay(now)) / DAY_MS);
    const key = days >= 0 ? "room.top.days_left" : "room.top.overdue";
    const day = shortDay(`${end}T12:00:00+08:00`);
    say(box("period-left", this.#period), t(key, { n: Math.abs(days), day }));
  }

  /** @param {RoomModel} model @param {RoomView} view */
  #drawRecording(model, view) {
    const { word, time, kind } = recordingOf(model, view);
    onChange(this.#pill, `${kind} ${word}`, () => {
      this.#pill.className = `pill pill--${kind}`;
      this.#pill.replaceChildren(sign(kind), text(word), time ? number() : text(""));
      mark(this.#strip, "class", `strip strip--${kind}`);
      box("strip-word", this.#strip).replaceChildren(sign(kind), text(word));
    });
    const clock = this.#pill.querySelector(".num");
    if (clock) say(clock, time);
    say(box("strip-time", this.#strip), time);
  }
}

/** @param {RoomView["session"]["matter"]} matter @returns {string} who against whom, without the cause that follows it */
function sidesOf({ title, cause }) {
  const sides = title.endsWith(cause) ? title.slice(0, -cause.length) : title;
  return sides.replace(/[\s:：,，·]+$/u, "");
}

/** @param {RoomView} view */
function listedNumber(view) {
  const { case_no: number, track } = view.session.matter;
  const way = t(`room.track.${track}`);
  return number ? t("room.top.number", { number, way }) : way;
}

/** @param {number} now @returns {number} midnight of the court's day, in ms */
function startOfDay(now) {
  const shift = 8 * 3_600_000;
  return Math.floor((now + shift) / DAY_MS) * DAY_MS - shift;
}

/** @param {RoomModel} model @param {RoomView} view @returns {{word: string, time: string, kind: "rec" | "gap"}} */
function recordingOf(model, view) {
  const { state, since_ms: since, reason } = view.recording;
  if (state === "on") {
    const time = since === null ? "" : elapsed(since + Date.now() - model.viewedAt);
    return { kind: "rec", word: t("room.recording.on"), time };
  }
  const why = view.caucus ? "caucus" : (reason ?? "not_started");
  const words = REASONS.includes(why) ? t(`room.recording.why_${why}`) : t("room.recording.why_other");
  return { kind: "gap", word: t("room.recording.off", { why: words }), time: "" };
}

/** @param {"rec" | "gap"} kind @returns {Element} */
function sign(kind) {
  if (kind === "gap") return icon("rec-off");
  const dot = document.createElement("span");
  dot.className = "dot-rec";
  mark(dot, "aria-hidden", "true");
  return dot;
}

/** @param {string} word */
function text(word) {
  const element = document.createElement("span");
  element.textContent = word;
  element.lang = language === "en" ? "en" : "zh-CN";
  return element;
}

function number() {
  const element = document.createElement("span");
  element.className = "num";
  return element;
}
