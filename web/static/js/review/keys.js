/** The cockpit's keys; none while somebody types, and none but the help's own while that is open. */

/** @import { Deck } from "./deck.js" */

const FRAME_MS = 40;

/** @param {Deck} deck */
export function bindKeys(deck) {
  const { clock, seats } = deck;
  const by = (/** @type {number} */ ms) => () => clock.seek(clock.positionMs + ms);
  const step = (/** @type {number} */ ms) => () => {
    clock.setPlaying(false);
    clock.seek(clock.positionMs + ms);
  };
  /** @type {Map<string, () => void>} */
  const keys = new Map([
    [" ", () => clock.setPlaying(!clock.playing)],
    ["k", () => clock.setPlaying(!clock.playing)],
    ["ArrowLeft", by(-15_000)],
    ["ArrowRight", by(15_000)],
    ["j", by(-5_000)],
    ["l", by(5_000)],
    [",", step(-FRAME_MS)],
    [".", step(FRAME_MS)],
    ["Home", () => clock.seek(0)],
    ["End", () => clock.seek(clock.totalMs)],
    ["n", () => deck.voice(false)],
    ["N", () => deck.voice(true)],
    ["e", () => deck.event(false)],
    ["E", () => deck.event(true)],
    ["s", () => deck.setSkipping(!deck.skipping)],
    ["[", () => deck.faster(-1)],
    ["]", () => deck.faster(1)],
    ["0", () => seats.listenTo(null)],
    ["b", () => deck.bookmark()],
    ["c", () => deck.copyLink()],
    ["/", () => deck.search()],
    ["?", () => deck.help()],
  ]);
  seats.seats.slice(0, 9).forEach((seat, index) => {
    keys.set(String(index + 1), () => seats.listenTo(seat.lane.participant));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const act = keys.get(event.key) ?? keys.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!act || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  });
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const target = event.target;
  if (target instanceof HTMLInputElement) return target.type !== "range" || event.key.startsWith("Arrow");
  if (target instanceof HTMLButtonElement) return event.key === " ";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
