/** One seat: the picture, and under it the name plate with its states. Knows no sockets. */
import { find, fromTemplate } from "../find.js";
import { clock, t } from "../i18n.js";
import { familyMark, RECONNECTING_MS, sideClass } from "../room/rules.js";
import { box, mark, say, show } from "./parts.js";
import { showTrack } from "./players.js";
import { drawStates, introduce, lineState } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("./words.js").State} State */

/** @param {Person} person @returns {HTMLElement} */
export function makeSeat(person) {
  const seat = fromTemplate("#seat-piece", HTMLElement);
  const video = find("video", HTMLVideoElement, seat);
  for (const element of [seat, video]) element.dataset.participant = person.participant;
  video.dataset.source = "camera";
  seat.classList.add(sideClass(person.side));
  seat.classList.toggle("is-self", person.you);
  return seat;
}

/** @param {HTMLElement} seat @param {Person} person @param {RoomModel} model @param {number} now server clock, ms */
export function fillSeat(seat, person, model, now) {
  const view = model.view;
  if (!view) return;
  const state = stateOf(person, model);
  introduce(seat, person, view.session.matter.track);
  seat.classList.toggle("is-speaking", state.speaking);
  seat.classList.toggle("seat--away", !person.connected);
  showTrack(find("video", HTMLVideoElement, seat), state.track);
  show(find(".seat__off", HTMLElement, seat), !state.track);
  say(box("mark", seat), familyMark(person.name));
  say(box("off-word", seat), offWord(person, state, now));
  show(box("hand", seat), person.hand_at !== null);
  if (person.hand_at) say(box("hand-word", seat), t("room.hand_since", { at: clock(person.hand_at) }));
  drawStates(box("states", seat), words(person, state, model, now));
  mark(seat, "aria-label", label(person, state));
}

/** @typedef {{speaking: boolean, microphone: boolean, camera: boolean, halted: boolean, unsent: boolean, track: MediaStreamTrack | null}} SeatState */

/** @param {Person} person @param {RoomModel} model @returns {SeatState} of our own devices this page knows better */
function stateOf(person, model) {
  const halted = Boolean(model.view?.suspended);
  const { microphone, camera } = person.you
    ? { microphone: model.local.microphone.on, camera: model.local.camera.on }
    : person;
  const speaking = person.connected && microphone && !halted && model.speaking.has(person.participant);
  const unsent = !person.you && isSoundOnly(model);
  const track = person.connected && camera && !halted && !unsent ? cameraOf(person, model) : null;
  return { speaking, microphone, camera, halted, unsent, track };
}

/** @param {RoomModel} model whether no picture comes, by choice or by the line: the last one would only stand still */
function isSoundOnly(model) {
  const me = model.view?.you.participant ?? "";
  return model.dataUse === "audio" || model.voicesOnly.includes(me);
}

/** @param {Person} person @param {RoomModel} model @returns {MediaStreamTrack | null} */
function cameraOf(person, model) {
  if (person.you) return model.local.camera.track;
  const remote = model.remote.find(
    (each) => each.participant === person.participant && each.source === "camera",
  );
  return remote?.track ?? null;
}

/** @param {Person} person @param {number} now @returns {number} ms since the line broke */
const awayFor = (person, now) =>
  person.disconnected_at ? Math.max(0, now - Date.parse(person.disconnected_at)) : 0;

/** @param {Person} person @param {SeatState} state @param {number} now */
function offWord(person, state, now) {
  if (!person.connected) {
    if (awayFor(person, now) < RECONNECTING_MS) return t("room.seat.reconnecting");
    return t("room.seat.lost", { at: clock(person.disconnected_at ?? "") });
  }
  if (state.halted) return t("room.seat.halted");
  if (state.camera && state.unsent) return t("room.seat.sound_only");
  return t(state.camera ? "room.seat.coming" : "room.seat.camera_off");
}

/** @param {Person} person @param {SeatState} state @param {RoomModel} model @param {number} now @returns {(State | null)[]} */
function words(person, state, model, now) {
  if (!person.connected) {
    const ms = awayFor(person, now);
    if (ms >= RECONNECTING_MS)
      return [{ kind: "lost", icon: "signal-lost", word: t("room.line.short_lost") }];
    return [{ kind: "weak", icon: "hourglass", word: t("room.seconds", { n: Math.floor(ms / 1000) }) }];
  }
  const level = person.you ? model.ownQuality : model.quality[person.participant];
  return [voice(person, state), lineState(level)];
}

/** @param {Person} person @param {SeatState} state @returns {State | null} */
function voice(person, state) {
  if (state.speaking) return { kind: "ok", wave: true, word: t("room.seat.speaking") };
  if (state.microphone) return null;
  return person.microphone_locked
    ? { icon: "lock", word: t("room.seat.muted_locked") }
    : { icon: "mic-off", word: t("room.seat.muted") };
}

/** @param {Person} person @param {SeatState} state */
function label(person, state) {
  const key = person.connected
    ? state.microphone
      ? "room.seat.label_on"
      : "room.seat.label_muted"
    : "room.seat.label_away";
  return t(key, { name: person.name });
}
