/** What a person can do, each as one question to the server. Knows no DOM; refusals are thrown for whoever called. */
import { canShare } from "../media/devices.js";
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/room").Commands} Commands */
/** @typedef {import("../../../types/protocol").Source} Source */
/** @typedef {import("../signaling.js").Signaling} Signaling */
/** @typedef {import("../media/local.js").LocalMedia} LocalMedia */
/** @typedef {import("./store.js").Store} Store */

/** @param {string} code @returns {Refused} a refusal of the page's own; its text is `error.<code>` */
const own = (code) => new Refused({ code, message: "", field: null });

/**
 * @param {{signaling: Signaling, local: LocalMedia, store: Store}} parts
 * @returns {Commands}
 */
export function commandsFor({ signaling, local, store }) {
  /** @param {string} event */
  const told = (event) => (/** @type {object} */ payload) => signaling.ask(event, payload);
  const admit = told("admit");
  return {
    ...switches({ signaling, local, store }),
    chat: async (line) => void (await signaling.ask("chat", line)),
    leave: () => signaling.ask("leave"),
    signal: (signal, up) => signaling.ask("signal", { signal, up }),
    takeOver: () => signaling.hello(true),
    admit: (participants) => admit({ participants }),
    refuse: (participant, reason) => signaling.ask("refuse", { participant, reason }),
    verify: (participant, verified) => signaling.ask("verify", { participant, verified }),
    check: (item, done) => signaling.ask("check", { item, done }),
    start: () => signaling.ask("start"),
    mute: (participant, source, locked) => signaling.ask("mute", { participant, source, locked }),
    unlock: (participant, source) => signaling.ask("unlock", { participant, source }),
    toLobby: (participant) => signaling.ask("to_lobby", { participant }),
    remove: (participant, reason) => signaling.ask("remove", { participant, reason }),
    lock: (locked) => signaling.ask("lock", { locked }),
    suspend: (reason) => signaling.ask("suspend", { reason }),
    resume: () => signaling.ask("resume"),
    goOnUnrecorded: (reason) => signaling.ask("go_on_unrecorded", { reason }),
    repeat: (missed) => signaling.ask("repeat", { missed }),
    noted: (missed) => signaling.ask("noted", { missed }),
    openCaucus: (side, minutes) => signaling.ask("open_caucus", { side, minutes }),
    closeCaucus: () => signaling.ask("close_caucus"),
    extendPromise: (minutes) => signaling.ask("extend_promise", { minutes }),
    seen: (signal) => signaling.ask("signal_seen", signal),
    showDocument: (document) => signaling.ask("show_document", { document }),
    hideDocument: () => signaling.ask("hide_document"),
    turnPage: (page) => signaling.ask("turn_page", { page }),
    point: (x, y) => void signaling.ask("point", { x, y }).catch(() => {}), // the next one follows at once
    conclude: (form) => signaling.ask("conclude", form),
    reportDevices: (report) => signaling.ask("device_report", report),
  };
}

/**
 * Microphone, camera, screen, hand. Off is at once, and told after; on is asked first: the mediator may have locked it.
 * @param {{signaling: Signaling, local: LocalMedia, store: Store}} parts
 */
function switches({ signaling, local, store }) {
  const linked = () => store.model.link.state === "up" && store.model.view !== null && isSeated(store);

  /** @param {Source} source */
  const off = async (source) => {
    local.switchOff(source);
    if (linked()) await signaling.ask("devices", { [source]: false });
  };
  /** @param {"microphone" | "camera"} source */
  const on = async (source) => {
    await local.open(source);
    const { fault } = local.sources[source];
    if (fault) throw own(`device_${fault}`);
    if (linked()) await signaling.ask("devices", { [source]: true });
    await local.switchOn(source);
  };
  const share = async () => {
    if (local.sources.screen.on) return off("screen");
    if (!canShare()) throw own("cannot_share");
    if (!(await local.switchOn("screen"))) return; // changed their mind in the browser's own window
    try {
      await signaling.ask("devices", { screen: true });
    } catch (error) {
      local.switchOff("screen");
      throw error;
    }
  };
  return {
    toggle: (/** @type {"microphone" | "camera"} */ source) =>
      local.sources[source].on ? off(source) : on(source),
    share,
    hand: () => signaling.ask("hand", { up: !store.model.view?.you.hand_at }),
  };
}

/** @param {Store} store whether the server keeps the state of our devices: not while we wait in the lobby */
const isSeated = (store) => store.model.view?.place === "main" || store.model.view?.place === "caucus";
