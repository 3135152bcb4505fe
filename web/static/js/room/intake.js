/** What the server tells, put into the store. Knows no DOM; what is to be done about it is the page's affair. */

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../signaling.js").Signaling} Signaling */
/** @typedef {import("../../../types/protocol").ChatLine} ChatLine */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").QualityMessage} QualityMessage */

const MOST_LINES = 500;
const HANG_OVER_MS = 600;

/** @param {Store} store @param {Signaling} signaling */
export function takeIn(store, signaling) {
  const speaking = new Speaking(store);
  /** @type {Record<string, (detail: any) => void>} */
  const takers = {
    room: (view) => takeView(store, view),
    chat: (line) => takeLine(store, line),
    speaking: ({ participants }) => speaking.take(participants),
    quality: (/** @type {QualityMessage} */ { levels, own, voices_only: voicesOnly }) =>
      store.update({ quality: levels, ownQuality: own, voicesOnly }),
    pointer: ({ x, y }) => store.update({ pointer: x === null ? null : { x, y } }),
    sync: ({ state }) => store.update({ sync: state }),
    lost: (attempt) => takeLoss(store, attempt),
  };
  for (const [name, take] of Object.entries(takers)) {
    signaling.addEventListener(name, (event) => take(/** @type {CustomEvent} */ (event).detail));
  }
}

/** @param {Store} store @param {RoomView} view an older one than we have is ignored, as the protocol says */
export function takeView(store, view) {
  const known = store.model.view;
  if (known && view.version < known.version) return;
  const clockOffset = Date.parse(view.server_time) - Date.now();
  const chat =
    view.place === known?.place && view.safety === known.safety
      ? store.model.chat
      : store.model.chat.filter((line) => belongs(line, view));
  store.update({ view, clockOffset, chat, viewedAt: Date.now() });
}

/** @param {ChatLine} line @param {RoomView} view what was written in a caucus stays there; in safety mode nobody reads the other side */
const belongs = (line, view) =>
  line.place === (view.place === "caucus" ? "caucus" : "main") &&
  !(view.safety && ![line.side, view.you.side].includes("neutral") && line.side !== view.you.side);

/** @param {Store} store @param {ChatLine} line */
function takeLine(store, line) {
  const { chat, view, panel, unread } = store.model;
  if (chat.some((each) => each.id === line.id)) return;
  const mine = line.participant === view?.you.participant;
  const seen = mine || panel === "chat";
  const unsent = store.model.unsent.filter((each) => each.line !== line.id);
  store.update({ chat: [...chat, line].slice(-MOST_LINES), unsent, unread: seen ? unread : unread + 1 });
}

/** @param {Store} store @param {number} attempt */
function takeLoss(store, attempt) {
  const { link } = store.model;
  if (link.state === "connecting" && !store.model.view) {
    store.update({ link: { ...link, attempt } });
    return;
  }
  const since = link.state === "lost" ? link.since : Date.now();
  store.update({ link: { state: "lost", since, attempt } });
}

/** Who speaks: shown at once, kept 600 ms after the voice ends so that the ring does not flicker. */
class Speaking {
  #store;
  /** @type {Map<string, number>} */
  #ending = new Map();

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {string[]} participants */
  take(participants) {
    const now = new Set(participants);
    for (const each of this.#store.model.speaking) {
      if (!now.has(each) && !this.#ending.has(each)) this.#end(each);
    }
    for (const each of now) {
      clearTimeout(this.#ending.get(each));
      this.#ending.delete(each);
    }
    this.#store.update({ speaking: new Set([...now, ...this.#ending.keys()]) });
  }

  /** @param {string} participant */
  #end(participant) {
    const timer = setTimeout(() => {
      this.#ending.delete(participant);
      const rest = new Set(this.#store.model.speaking);
      rest.delete(participant);
      this.#store.update({ speaking: rest });
    }, HANG_OVER_MS);
    this.#ending.set(participant, timer);
  }
}
