/** The controls under the stage: icon and word, the word is the action. Knows no sockets. */
import { find } from "../find.js";
import { t } from "../i18n.js";
import { setIcon } from "../icons.js";
import { canShare } from "../media/devices.js";
import { hasStarted, isPresider, may } from "../room/rules.js";
import { mark, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */

const NAMES = /** @type {const} */ ([
  "microphone",
  "camera",
  "hand",
  "share",
  "show-document",
  "open-caucus",
  "extend-promise",
  "suspend",
  "chat",
  "people",
  "layout",
  "more",
  "leave",
  "conclude",
]);
const LONGEST_MS = 45 * 60_000; // mediation_server/services/caucusing.py
/** @typedef {typeof NAMES[number]} Name */
/** @typedef {{visible: boolean, word: string, icon?: string, look?: "on" | "off" | "", pressed?: boolean, expanded?: boolean, refused?: string, wide?: boolean}} Look */

export class Bar {
  #bar = find(".bar", HTMLElement);
  #controls = new Map(
    NAMES.map((name) => [name, find(`[data-act="${name}"]`, HTMLButtonElement, this.#bar)]),
  );

  /** @param {RoomModel} model @param {RoomView} view */
  render(model, view) {
    for (const [name, look] of Object.entries(looks(model, view)))
      this.#draw(/** @type {Name} */ (name), look);
    for (const line of this.#bar.querySelectorAll(".bar__sep")) {
      if (line instanceof HTMLElement)
        show(
          line,
          !view.caucus?.mine || line.previousElementSibling?.matches(".bar__group:first-child") === true,
        );
    }
  }

  /** @param {Name} name @param {Look} look */
  #draw(name, look) {
    const button = this.#controls.get(name);
    if (!button) return;
    if (look.wide !== undefined) button.classList.toggle("only-wide", look.wide);
    show(button, look.visible);
    say(find("[data-word]", HTMLElement, button), look.word);
    if (look.icon) setIcon(find("svg", SVGElement, button), look.icon);
    if (look.look !== undefined) {
      button.classList.toggle("ctl--on", look.look === "on");
      button.classList.toggle("ctl--off", look.look === "off");
    }
    if (look.pressed !== undefined) mark(button, "aria-pressed", look.pressed);
    if (look.expanded !== undefined) mark(button, "aria-expanded", look.expanded);
    if (look.refused) mark(button, "aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    button.title = look.refused ?? "";
  }
}

/** @param {RoomModel} model @param {RoomView} view @returns {Record<Name, Look>} */
const looks = (model, view) => ({
  ...ownLooks(model, view),
  ...roomLooks(model, view),
  ...presiderLooks(view),
});

/** @param {RoomModel} model @param {RoomView} view what one does oneself */
function ownLooks(model, view) {
  const sharing = model.local.screen.on;
  const hand = view.you.hand_at !== null;
  const mayShare = may(view, "share_screen") && canShare() && !view.caucus?.mine;
  return {
    microphone: switchLook("microphone", model.local.microphone.on, view.you.microphone_locked),
    camera: switchLook("camera", model.local.camera.on, view.you.camera_locked),
    hand: {
      visible: may(view, "raise_hand") && !isPresider(view),
      word: t(hand ? "room.ctl.hand_down" : "room.ctl.hand"),
      look: toggled(hand),
      pressed: hand,
    },
    share: {
      visible: mayShare,
      word: t(sharing ? "room.ctl.share_stop" : "room.ctl.share"),
      look: toggled(sharing),
    },
  };
}

/** @param {boolean} on @returns {"off" | ""} what is under way is drawn inverted */
const toggled = (on) => (on ? "off" : "");

/** @param {RoomModel} model @param {RoomView} view how one looks at the room, and how one leaves it */
function roomLooks(model, view) {
  const grid = model.layout === "grid";
  const presider = isPresider(view);
  return {
    chat: { visible: !presider, word: t("room.ctl.chat"), expanded: model.panel === "chat" },
    people: { visible: !presider, word: t("room.ctl.people"), expanded: model.panel === "people" },
    layout: {
      visible: true,
      word: t(grid ? "room.ctl.speaker_view" : "room.ctl.grid_view"),
      icon: grid ? "user" : "layout",
    },
    more: { visible: true, word: t("room.ctl.more") },
    leave: { visible: !(presider && view.caucus?.mine), word: t("room.ctl.leave"), wide: presider },
  };
}

/** @param {RoomView} view what is absent in a caucus cannot be pressed by mistake */
function presiderLooks(view) {
  const joint = hasStarted(view) && !view.caucus?.mine;
  const resume = view.suspended !== null;
  // In safety mode identities are checked with each side alone, so this comes before the start.
  const alone = joint || (view.safety && !view.caucus?.mine);
  return {
    "show-document": {
      visible: may(view, "show_document") && hasStarted(view) && !resume,
      word: t(view.document ? "room.paper.hide" : "room.paper.show"),
      look: toggled(view.document !== null),
    },
    "open-caucus": { visible: may(view, "caucus") && alone && !resume, word: t("room.ctl.caucus") },
    "extend-promise": extension(view),
    suspend: {
      visible: may(view, "suspend") && joint,
      word: t(resume ? "room.suspend.resume" : "room.ctl.suspend"),
      icon: resume ? "play" : "pause",
    },
    conclude: { visible: may(view, "conclude") && joint, word: t("room.ctl.conclude") },
  };
}

/** @param {RoomView} view @returns {Look} a promise can be moved until the caucus would close by itself */
function extension(view) {
  const { caucus } = view;
  const promised = Boolean(caucus?.mine && caucus.until && may(view, "caucus"));
  const last = caucus?.until && Date.parse(caucus.until) - Date.parse(caucus.since) >= LONGEST_MS;
  const refused = last ? t("room.promise.at_limit") : undefined;
  return { visible: promised, word: t("room.promise.extend"), ...(refused ? { refused } : {}) };
}

/** @param {"microphone" | "camera"} source @param {boolean} on @param {boolean} locked @returns {Look} */
function switchLook(source, on, locked) {
  const word = t(
    source === "microphone"
      ? on
        ? "room.ctl.mute"
        : "room.ctl.unmute"
      : on
        ? "room.ctl.camera_off"
        : "room.ctl.camera_on",
  );
  const sign = source === "microphone" ? "mic" : "cam";
  const refused = locked && !on ? t(`room.ctl.locked_${source}`) : undefined;
  return {
    visible: true,
    word,
    icon: on ? sign : `${sign}-off`,
    look: on ? "on" : "off",
    ...(refused ? { refused } : {}),
  };
}
