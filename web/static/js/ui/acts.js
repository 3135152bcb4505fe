/** What the buttons of the page do: asks where something cannot be taken back, then gives the command. Knows no sockets. */
import { t } from "../i18n.js";
import { isPresider } from "../room/rules.js";
import { askCaucus, ConcludeDialog } from "./conclude.js";
import { ask, offer } from "./dialogs.js";
import { moreMenu, personMenu } from "./menus.js";
import { problemText } from "./notices.js";
import { choosePaper } from "./paper-choice.js";

/** @typedef {import("../../../types/room").Commands} Commands */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("../room/store.js").Store} Store */
/**
 * @typedef {{commands: Commands, store: Store, attempt: (work: () => Promise<unknown>) => Promise<boolean>,
 *   refusalOf: (work: () => Promise<unknown>) => Promise<import("../../../types/room").Problem | null>,
 *   toggle: (source: "microphone" | "camera") => Promise<void>, tryChime: () => unknown, openSettings: () => unknown, openChat: () => unknown, retryDevices: () => unknown,
 *   left: () => unknown, firstWaiting: () => import("../../../types/protocol").Waiting | null | undefined}} World
 */

const PROMISE_MINUTES = 5; // what one press adds

/** @param {World} world @returns {Record<string, () => unknown>} one entry for each `data-act` of the page */
export function actsOf(world) {
  return {
    ...ownActs(world),
    ...presiderActs(world),
    ...doorActs(world),
    ...paperActs(world),
    ...viewActs(world),
  };
}

/** @param {World} world for whoever knocks first */
function doorActs(world) {
  const people = peopleActs(world);
  return {
    "knock-admit": () => {
      const first = world.firstWaiting();
      return first && people.admit(first.participant);
    },
    "knock-refuse": () => {
      const first = world.firstWaiting();
      return first && people.refuse(first.participant, first.name);
    },
  };
}

/** @param {World} world */
function ownActs({ commands, store, attempt, toggle, tryChime, openSettings, retryDevices, left }) {
  return {
    microphone: () => attempt(() => toggle("microphone")),
    camera: () => attempt(() => toggle("camera")),
    share: () => attempt(() => commands.share()),
    hand: () => attempt(() => commands.hand()),
    settings: openSettings,
    "retry-devices": retryDevices,
    "try-chime": tryChime,
    leave: async () => {
      const presider = store.model.view !== null && isPresider(store.model.view);
      const text = t(presider ? "room.leave.text_presider" : "room.leave.text");
      if (
        (await ask({
          title: t("room.leave.title"),
          text,
          yes: t("room.leave.yes"),
          no: t("room.leave.no"),
        })) === null
      )
        return;
      if (await attempt(() => commands.leave())) left();
    },
  };
}

/** @param {World} world */
function presiderActs({ commands, store, attempt, refusalOf }) {
  const dialog = new ConcludeDialog(async (form) => {
    const problem = await refusalOf(() => commands.conclude(form));
    return problem ? problemText(problem) : "";
  });
  const suspend = async () => {
    if (store.model.view?.suspended) return attempt(() => commands.resume());
    const field = { label: t("room.suspend.reason"), error: t("room.suspend.reason_missing") };
    const reason = await ask({
      title: t("room.suspend.ask"),
      text: t("room.suspend.explain"),
      yes: t("room.suspend.yes"),
      field,
    });
    return reason === null ? false : attempt(() => commands.suspend(reason));
  };
  const goOn = async () => {
    const field = { label: t("room.suspend.reason"), error: t("room.suspend.reason_missing") };
    const reason = await ask({
      title: t("room.unrecorded.go_on"),
      text: t("room.unrecorded.go_on_text"),
      yes: t("room.unrecorded.go_on_yes"),
      danger: true,
      field,
    });
    return reason === null ? false : attempt(() => commands.goOnUnrecorded(reason));
  };
  return {
    unrecorded: () =>
      offer(t("room.unrecorded.title"), t("room.unrecorded.text"), [
        {
          icon: "pause",
          label: t("room.unrecorded.pause"),
          effect: t("room.unrecorded.pause_then"),
          run: suspend,
        },
        {
          icon: "play",
          label: t("room.unrecorded.go_on"),
          effect: t("room.unrecorded.go_on_then"),
          danger: true,
          run: goOn,
        },
      ]),
    "admit-all": () => attempt(() => commands.admit("all")),
    start: () => attempt(() => commands.start()),
    suspend,
    resume: () => attempt(() => commands.resume()),
    "open-caucus": async () => {
      const wish = store.model.view && (await askCaucus(store.model.view));
      if (wish) await attempt(() => commands.openCaucus(wish.side, wish.minutes));
    },
    "extend-promise": () => attempt(() => commands.extendPromise(PROMISE_MINUTES)),
    "close-caucus": () => attempt(() => commands.closeCaucus()),
    conclude: () => dialog.open(store.model.view?.session.kind ?? "mediation"),
  };
}

/** @param {World} world what is shown of the materials, and at which page */
function paperActs({ commands, store, attempt }) {
  const turn = (/** @type {number} */ by) => {
    const shown = store.model.view?.document;
    return shown ? attempt(() => commands.turnPage(shown.page + by)) : false;
  };
  return {
    "show-document": () => {
      const { view } = store.model;
      if (view?.document) return attempt(() => commands.hideDocument());
      return view && choosePaper(view, (document) => attempt(() => commands.showDocument(document)));
    },
    "page-back": () => turn(-1),
    "page-on": () => turn(1),
  };
}

/** @param {World} world */
function viewActs({ store, commands, attempt, openSettings, openChat }) {
  const toggle = (/** @type {"people" | "chat"} */ panel) =>
    store.update({ panel: store.model.panel === panel ? null : panel });
  return {
    people: () => toggle("people"),
    chat: () => (store.model.panel === "chat" ? store.update({ panel: null }) : openChat()),
    "close-panel": () => store.update({ panel: null }),
    layout: () => store.update({ layout: store.model.layout === "grid" ? "speaker" : "grid" }),
    more: () => {
      const { view } = store.model;
      if (!view) return;
      moreMenu(store.model, view, {
        lock: () => attempt(() => commands.lock(view.locked === null)),
        settings: openSettings,
      });
    },
  };
}

/** @param {World} world what is done with one person of the lists */
export function peopleActs({ commands, store, attempt }) {
  return {
    admit: (/** @type {string} */ id) => attempt(() => commands.admit([id])),
    refuse: async (/** @type {string} */ id, /** @type {string} */ name) => {
      const field = { label: t("room.refuse.reason"), error: t("room.refuse.reason_missing") };
      const reason = await ask({
        title: t("room.refuse.title", { name }),
        text: t("room.refuse.text"),
        yes: t("room.refuse.yes"),
        danger: true,
        field,
      });
      if (reason !== null) await attempt(() => commands.refuse(id, reason));
    },
    verify: (/** @type {string} */ id, /** @type {boolean} */ yes) => attempt(() => commands.verify(id, yes)),
    mute: (/** @type {Person} */ person) =>
      attempt(() => commands.mute(person.participant, "microphone", false)),
    menu: (/** @type {Person} */ person) => {
      if (store.model.view) personMenu(person, store.model.view, commands, attempt);
    },
  };
}
