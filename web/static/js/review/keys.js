/** The cockpit's keys: space, arrows, comma and full stop, N, digits; none while somebody types. */

/** @import { ReviewClock } from "./clock.js" */
/** @import { ReviewSeats } from "./seats.js" */

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
const FRAME_MS = 40;

/**
 * @param {ReviewClock} clock
 * @param {ReviewSeats} seats
 * @param {() => void} nextVoice
 */
export function bindKeys(clock, seats, nextVoice) {
  /** @type {Map<string, () => void>} */
  const keys = new Map([
    [" ", () => clock.setPlaying(!clock.playing)],
    ["k", () => clock.setPlaying(!clock.playing)],
    ["ArrowLeft", () => clock.seek(clock.positionMs - 15_000)],
    ["ArrowRight", () => clock.seek(clock.positionMs + 15_000)],
    ["j", () => clock.seek(clock.positionMs - 5_000)],
    ["l", () => clock.seek(clock.positionMs + 5_000)],
    [",", () => clock.seek(clock.positionMs - FRAME_MS)],
    [".", () => clock.seek(clock.positionMs + FRAME_MS)],
    ["Home", () => clock.seek(0)],
    ["End", () => clock.seek(clock.totalMs)],
    ["n", nextVoice],
    ["[", () => clock.setRate(RATES[Math.max(0, RATES.indexOf(clock.rate) - 1)])],
    ["]", () => clock.setRate(RATES[Math.min(RATES.length - 1, RATES.indexOf(clock.rate) + 1)])],
  ]);
  seats.seats.slice(0, 9).forEach((seat, index) => {
    keys.set(String(index + 1), () => seats.listenTo(seat.lane.participant));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const act = keys.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!act) return;
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
