/** The party's lobby: one's own picture, one's own state, the time, and nobody else's name. Knows no sockets. */
import { clock, t } from "../i18n.js";
import { drawClock } from "./clockface.js";
import { box, part, say, show } from "./parts.js";
import { showTrack } from "./players.js";
import { faultWords } from "./rescue.js";
import { drawState } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").LocalSource} LocalSource */
/** @typedef {import("./words.js").State} State */

export class Lobby {
  #video = part("lobby-video", HTMLVideoElement);

  /** @param {RoomModel} model @param {RoomView} view @param {number} now */
  render(model, view, now) {
    const { camera, microphone } = model.local;
    const start = Date.parse(view.session.starts_at);
    drawClock(now, start);
    say(box("lobby-lead"), leadWords(view, start, now));
    showTrack(this.#video, camera.track);
    show(box("lobby-off"), !camera.track);
    say(box("lobby-off"), t(camera.fault ? "room.lobby.no_camera" : "room.lobby.opening_camera"));
    drawState(box("lobby-camera"), deviceState(camera));
    drawState(box("lobby-microphone"), model.silent ? quiet() : deviceState(microphone));
    drawState(box("lobby-network"), networkState(model));
    drawState(box("lobby-ready"), readyState(model));
    this.#rescue(model);
  }

  /** @param {RoomModel} model */
  #rescue(model) {
    const { camera, microphone } = model.local;
    const source = microphone.fault ? "microphone" : "camera";
    const fault = microphone.fault ?? camera.fault;
    show(box("lobby-rescue"), fault !== null);
    if (!fault) return;
    const words = faultWords(source, fault);
    say(box("lobby-rescue-title"), words.title);
    say(box("lobby-rescue-text"), words.text);
  }
}

/** @param {RoomView} view @param {number} start @param {number} now */
function leadWords(view, start, now) {
  if (view.session.started_at) return t("room.lobby.lead_running");
  return t(start > now ? "room.lobby.lead" : "room.lobby.lead_late", { at: clock(view.session.starts_at) });
}

/** @param {LocalSource} source @returns {State} */
function deviceState(source) {
  if (source.fault) return { kind: "bad", icon: "alert", word: t(`room.device.${source.fault}`) };
  return source.track ? { kind: "ok", word: t("room.device.ok") } : { word: t("room.device.opening") };
}

/** @returns {State} */
const quiet = () => ({ kind: "weak", icon: "alert", word: t("room.device.silent") });

/** @param {RoomModel} model @returns {State} */
function networkState(model) {
  if (model.link.state === "up") return { kind: "ok", word: t("room.line.short_good") };
  return { kind: "weak", word: t("room.line.short_lost") };
}

/** @param {RoomModel} model @returns {State} */
function readyState(model) {
  const { camera, microphone } = model.local;
  if (microphone.fault) return { kind: "weak", icon: "alert", word: t("room.lobby.no_voice") };
  if (camera.fault) return { kind: "weak", icon: "alert", word: t("room.lobby.no_picture") };
  if (!microphone.track || !camera.track) return { icon: "hourglass", word: t("room.lobby.checking") };
  return { kind: "ok", icon: "check-c", word: t("room.lobby.ready") };
}
