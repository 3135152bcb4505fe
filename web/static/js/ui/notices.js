/** What must be read stands above the seats until it is no longer true. Knows no sockets. */
import { fromTemplate } from "../find.js";
import { clock, errorText, has, t } from "../i18n.js";
import { icon } from "../icons.js";
import { hasStarted, isPresider } from "../room/rules.js";
import { box, keep, onChange, part, say, show } from "./parts.js";
import { faultWords } from "./rescue.js";
import { listed } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Problem} Problem */
/** @typedef {{id: string, kind: string, icon: string, title: string, text: string, act?: {label: string, run: () => unknown}}} Notice */
/** @typedef {{devicesOn: () => unknown, unmute: () => unknown, unblock: () => unknown, settings: () => unknown, unlockRoom: () => unknown, decide: () => unknown, dismiss: () => unknown}} Acts */

export class Notices {
  #list = box("notices");
  #acts;
  #asked = false;

  /** @param {Acts} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {RoomModel} model @param {RoomView} view */
  render(model, view) {
    keep(this.#list, noticesOf(model, view, this.#acts), (each) => each.id, make, fill);
    show(this.#list, this.#list.children.length > 0);
    if (view.recording.ask && !this.#asked) this.#acts.decide(); // once by itself; the notice stays until it is decided
    this.#asked = view.recording.ask;
  }
}

/** @param {RoomModel} model @param {RoomView} view @param {Acts} acts @returns {Notice[]} */
function noticesOf(model, view, acts) {
  return [
    ...(model.problem ? [problem(model.problem, acts)] : []),
    ...roomNotices(view, acts),
    ...ownNotices(model, view, acts),
  ];
}

/** @param {Problem} found @param {Acts} acts @returns {Notice} */
function problem(found, acts) {
  return {
    id: "problem",
    kind: "amber",
    icon: "alert",
    title: "",
    text: problemText(found),
    act: { label: t("room.dialog.understood"), run: acts.dismiss },
  };
}

/** @param {Problem} found @returns {string} the server's words, or ours for a refusal of the page itself */
export function problemText(found) {
  if (found.message) return found.message;
  return has(`room.error.${found.code}`) ? t(`room.error.${found.code}`) : errorText(found.code);
}

/** @param {RoomView} view @param {Acts} acts @returns {Notice[]} */
function roomNotices(view, acts) {
  /** @type {Notice[]} */
  const found = [];
  const plain = (/** @type {string} */ id, kind = "", name = "info") => ({
    id,
    kind,
    icon: name,
    title: t(`room.notice.${id}`),
    text: t(`room.notice.${id}_text`),
  });
  if (view.recalled)
    found.push({
      id: "recalled",
      kind: "amber",
      icon: "alert",
      title: t("room.notice.recalled", { at: clock(view.recalled.until) }),
      text: t(isPresider(view) ? "room.notice.recalled_text_presider" : "room.notice.recalled_text"),
    });
  if (view.recording.ask) {
    const act = { label: t("room.unrecorded.decide"), run: acts.decide };
    found.push({ ...plain("unrecorded", "amber", "alert"), act });
  }
  if (view.locked?.reason === "presider_lost") found.push(plain("presider_lost", "amber", "alert"));
  else if (view.locked && isPresider(view)) {
    found.push({
      ...plain("locked", "", "lock"),
      act: { label: t("room.more.unlock"), run: acts.unlockRoom },
    });
  }
  if (!hasStarted(view) && !isPresider(view) && !view.suspended)
    found.push(plain("not_started", "", "clock"));
  return found;
}

/** @param {RoomModel} model @param {RoomView} view @param {Acts} acts @returns {Notice[]} */
function ownNotices(model, view, acts) {
  /** @type {Notice[]} */
  const found = [];
  const { microphone, camera } = model.local;
  const fault = microphone.fault ?? camera.fault;
  if (model.soundBlocked) {
    const act = { label: t("room.notice.sound_act"), run: acts.unblock };
    found.push({ id: "sound", kind: "amber", icon: "sound", title: "", text: t("room.notice.sound"), act });
  }
  if (!microphone.on) found.push(...together(model, acts));
  if (model.mutedBy) found.push(muted(model.mutedBy, view));
  if (fault) {
    const act = { label: t("room.settings.open"), run: acts.settings };
    found.push({
      id: "fault",
      kind: "amber",
      icon: "alert",
      ...faultWords(microphone.fault ? "microphone" : "camera", fault),
      act,
    });
  }
  if (model.silent && microphone.on) {
    const act = { label: t("room.settings.open"), run: acts.settings };
    found.push({
      id: "silent",
      kind: "amber",
      icon: "mic",
      title: t("room.notice.silent"),
      text: t("room.notice.silent_text"),
      act,
    });
  }
  found.push(...withoutPictures(model));
  if (model.ownQuality === "weak" && model.voicesOnly.length === 0) {
    found.push({
      id: "weak",
      kind: "amber",
      icon: "signal-low",
      title: t("room.notice.weak"),
      text: t("room.notice.weak_text"),
    });
  }
  return found;
}

/** @param {RoomModel} model @param {Acts} acts @returns {Notice[]} after a caucus: what is still off, and one press that mends it */
function together({ comeBack, hushed }, acts) {
  const words = (/** @type {string} */ id) => ({
    id,
    kind: "jade",
    title: t(`room.notice.${id}`),
    text: t(`room.notice.${id}_text`),
  });
  const label = (/** @type {string} */ id) => t(`room.notice.${id}_act`);
  if (comeBack)
    return [{ ...words("back"), icon: "mic", act: { label: label("back"), run: acts.devicesOn } }];
  if (hushed)
    return [{ ...words("hushed"), icon: "mic-off", act: { label: label("hushed"), run: acts.unmute } }];
  return [];
}

/** @param {string} source @param {RoomView} view @returns {Notice} */
function muted(source, view) {
  const locked = source === "microphone" ? view.you.microphone_locked : view.you.camera_locked;
  const text = t(locked ? "room.notice.muted_locked" : `room.notice.muted_${source}_text`);
  return { id: "muted", kind: "amber", icon: "mic-off", title: t(`room.notice.muted_${source}`), text };
}

const make = () => fromTemplate("#notice-piece", HTMLElement);

/** @param {HTMLElement} element @param {Notice} notice */
function fill(element, notice) {
  const button = part("act", HTMLButtonElement, element);
  onChange(element, `${notice.kind} ${notice.icon} ${notice.title} ${notice.text}`, () => {
    element.className = `notice${notice.kind ? ` notice--${notice.kind}` : ""}`;
    element.setAttribute("role", notice.kind === "amber" ? "alert" : "status");
    box("icon", element).replaceChildren(icon(notice.icon));
    say(box("title", element), notice.title);
    show(box("title", element), notice.title !== "");
    say(box("text", element), notice.text);
  });
  show(button, notice.act !== undefined);
  say(button, notice.act?.label ?? "");
  button.onclick = () => notice.act?.run();
}

/** @param {RoomView} view @returns {{title: string, text: string, missing: string}} what a suspension says */
export function suspensionWords(view) {
  const { suspended } = view;
  if (!suspended) return { title: "", text: "", missing: "" };
  const known = has(`room.suspend.why_${suspended.reason}`);
  const reason = known ? t(`room.suspend.why_${suspended.reason}`) : suspended.reason;
  const text = t(isPresider(view) ? "room.suspend.text_presider" : "room.suspend.text", { reason });
  return {
    title: t("room.suspend.title", { at: clock(suspended.since) }),
    text,
    missing: missingWords(view),
  };
}

/** @param {RoomView} view who is still away; to the mediator also that nobody is */
function missingWords(view) {
  const names = view.suspended?.missing ?? [];
  if (names.length > 0) return t("room.suspend.missing", { names: names.join(t("room.suspend.and")) });
  return isPresider(view) ? t("room.suspend.complete") : "";
}

/** @param {RoomModel} model whose line carries voices only: one's own, and for the mediator the others' too @returns {Notice[]} */
function withoutPictures(model) {
  const people = (model.view?.people ?? []).filter((each) => model.voicesOnly.includes(each.participant));
  const others = people.filter((each) => !each.you);
  /** @type {Notice[]} */
  const found = [];
  const look = { kind: "amber", icon: "signal-low" };
  if (others.length < people.length)
    found.push({
      ...look,
      id: "voices_only",
      title: t("room.notice.voices_only"),
      text: t("room.notice.voices_only_text"),
    });
  if (others.length > 0)
    found.push({
      ...look,
      id: "voices_only_of",
      title: t("room.notice.voices_only_of", { names: listed(others.map((each) => each.name)) }),
      text: t("room.notice.voices_only_of_text"),
    });
  return found;
}
