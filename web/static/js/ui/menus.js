/** What can be done with one person, and what does not fit the bar: two lists in a dialog. Knows no sockets. */
import { find } from "../find.js";
import { t } from "../i18n.js";
import { canShare } from "../media/devices.js";
import { hasStarted, isApart, isPresider, may } from "../room/rules.js";
import { ask, offer } from "./dialogs.js";
import { roleWord } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("../../../types/room").Commands} Commands */
/** @typedef {import("./dialogs.js").Choice} Choice */
/** @typedef {(work: () => Promise<unknown>) => Promise<boolean>} Attempt shows a refusal; says whether it went well */

/** @param {Person} person @param {RoomView} view @param {Commands} commands @param {Attempt} attempt */
export function personMenu(person, view, commands, attempt) {
  const title = `${person.name}　${roleWord(person, view.session.matter.track)}`;
  offer(title, "", [
    ...(isApart(view, person) ? [] : voiceChoices(person, commands, attempt)),
    ...(isApart(view, person) ? [] : pictureChoices(person, commands, attempt)),
    ...wayOut(person, commands, attempt),
  ]);
}

/** @param {Person} person @param {Commands} commands @param {Attempt} attempt @returns {Choice[]} */
function voiceChoices(person, commands, attempt) {
  const id = person.participant;
  if (person.microphone_locked) {
    return [choice("mic", "unlock_microphone", () => attempt(() => commands.unlock(id, "microphone")))];
  }
  const lock = choice("lock", "mute_locked", () => attempt(() => commands.mute(id, "microphone", true)));
  return person.microphone
    ? [choice("mic-off", "mute", () => attempt(() => commands.mute(id, "microphone", false))), lock]
    : [lock];
}

/** @param {Person} person @param {Commands} commands @param {Attempt} attempt @returns {Choice[]} */
function pictureChoices(person, commands, attempt) {
  const id = person.participant;
  const found = [];
  if (person.camera_locked)
    found.push(choice("cam", "unlock_camera", () => attempt(() => commands.unlock(id, "camera"))));
  else if (person.camera)
    found.push(choice("cam-off", "stop_camera", () => attempt(() => commands.mute(id, "camera", true))));
  if (person.screen)
    found.push(choice("share", "stop_screen", () => attempt(() => commands.mute(id, "screen", false))));
  return found;
}

/** @param {Person} person @param {Commands} commands @param {Attempt} attempt @returns {Choice[]} */
function wayOut(person, commands, attempt) {
  const remove = async () => {
    const reason = await ask({
      title: t("room.remove.title", { name: person.name }),
      text: t("room.remove.text"),
      yes: t("room.remove.yes"),
      danger: true,
      field: { label: t("room.remove.reason"), error: t("room.remove.reason_missing") },
    });
    if (reason !== null) await attempt(() => commands.remove(person.participant, reason));
  };
  return [
    choice("back", "to_lobby", () => attempt(() => commands.toLobby(person.participant))),
    { ...choice("leave", "remove", remove), danger: true },
  ];
}

/** @param {string} icon @param {string} key @param {() => unknown} run @returns {Choice} */
const choice = (icon, key, run) => ({
  icon,
  label: t(`room.menu.${key}`),
  effect: t(`room.menu.${key}_then`),
  run,
});

/** Presses a control of the bar, which may be hidden at this width. @param {string} name */
const press = (name) => () => find(`.bar [data-act="${name}"]`, HTMLButtonElement).click();

/** Presses what stands in the settings. */
const switchCaptions = () => find("#captions-on", HTMLInputElement).click();

/** @param {RoomModel} model */
const layoutChoice = (model) =>
  model.layout === "grid"
    ? choice("user", "speaker", press("layout"))
    : choice("layout", "grid", press("layout"));

/** @param {RoomView} view on a phone a party has one large seat in any case */
const isAlwaysSpeaker = (view) => !isPresider(view) && matchMedia("(max-width: 46rem)").matches;

/** @param {RoomModel} model @param {RoomView} view @param {{lock: () => unknown, settings: () => unknown}} acts */
export function moreMenu(model, view, acts) {
  const joint = !view.caucus?.mine;
  const locked = view.locked !== null;
  /** @type {(Choice | false)[]} */
  const found = [
    may(view, "share_screen") &&
      canShare() &&
      joint &&
      choice("share", model.local.screen.on ? "share_stop" : "share", press("share")),
    may(view, "show_document") &&
      hasStarted(view) &&
      !view.suspended &&
      choice("evidence", view.document ? "document_hide" : "document_show", press("show-document")),
    may(view, "suspend") &&
      hasStarted(view) &&
      joint &&
      choice("pause", view.suspended ? "resume" : "suspend", press("suspend")),
    choice("chat", "chat", press("chat")),
    choice("people", "people", press("people")),
    !isAlwaysSpeaker(view) && layoutChoice(model),
    view.captions !== null &&
      choice("captions", model.captions.on ? "captions_off" : "captions_on", switchCaptions),
    may(view, "lock") && choice("lock", locked ? "unlock_room" : "lock_room", acts.lock),
    choice("sliders", "settings", acts.settings),
    joint && { icon: "leave", label: t("room.ctl.leave"), danger: true, run: press("leave") },
  ];
  offer(
    t("room.ctl.more"),
    "",
    found.filter((each) => each !== false),
  );
}
