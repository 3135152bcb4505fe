/** What has just happened, seen from one view to the next: what is rung, spoken, switched off. Pure. */
import { hasStarted, here, isPresider } from "./rules.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("../media/sounds.js").Sound} Sound */
/**
 * `key` is a text under `room.said.`; `sound` is rung with it; `act` is something the page does.
 * @typedef {{key: string, params?: Record<string, string>, sound?: Sound, act?: "silence" | "return" | "enter" | "unshare" | "hush"}} Moment
 */

/** @param {RoomView | null} before @param {RoomView} after @returns {Moment[]} */
export function moments(before, after) {
  if (!before) return first(after);
  return [
    ...moved(before, after),
    ...changed(before, after),
    ...waiting(before, after),
    ...people(before, after),
    ...signals(before, after),
  ];
}

/** @param {RoomView} view @returns {Moment[]} a page that was loaded during a caucus begins muted */
function first(view) {
  if (view.caucus) return [{ key: view.place === "waiting" ? "waiting" : "caucus", act: "silence" }];
  if (view.place === "waiting") return [{ key: "apart", act: "silence" }];
  return view.place === "main" ? [{ key: "inside", act: "enter" }] : [];
}

/** @param {RoomView} before @param {RoomView} after @returns {Moment[]} */
function moved(before, after) {
  if (before.place === after.place) return [];
  if (after.place === "waiting" && !after.caucus) return [{ key: "apart", act: "silence" }];
  /** @type {Record<string, Moment>} */
  const known = {
    "lobby main": { key: "admitted", sound: "begin", act: "enter" },
    "lobby waiting": { key: "waiting", act: "silence" },
    "outside main": { key: "inside", act: "enter" },
    "main lobby": { key: "to_lobby", act: "silence" },
    "main caucus": { key: "caucus", act: "unshare" },
    "main waiting": { key: "waiting", act: "silence" },
    "waiting main": { key: "back", sound: "begin", act: "return" },
    "waiting caucus": { key: "caucus", sound: "begin", act: "return" },
    "caucus main": { key: "together", act: "hush" },
  };
  const moment = known[`${before.place} ${after.place}`];
  return moment ? [moment] : [];
}

/** @param {RoomView} before @param {RoomView} after @returns {Moment[]} */
function changed(before, after) {
  /** @type {Moment[]} */
  const found = [];
  if (!hasStarted(before) && hasStarted(after)) found.push({ key: "started", sound: "begin" });
  if (!before.suspended && after.suspended) found.push({ key: "suspended", act: "unshare" });
  if (isComplete(before, after)) found.push({ key: "all_back", sound: "begin" });
  if (before.suspended && !after.suspended) found.push({ key: "resumed", sound: "begin" });
  if (before.recording.state !== after.recording.state)
    found.push({ key: `recording_${after.recording.state}` });
  const lost = (/** @type {RoomView} */ view) => view.locked?.reason === "presider_lost";
  if (!lost(before) && lost(after)) found.push({ key: "presider_lost", sound: "lost" });
  if (lost(before) && !lost(after)) found.push({ key: "presider_back", sound: "begin" });
  return found;
}

/** @param {RoomView} before @param {RoomView} after whether everybody is back now, for the mediator who resumes */
const isComplete = (before, after) =>
  isPresider(after) && Boolean(before.suspended?.missing.length) && after.suspended?.missing.length === 0;

/** @param {RoomView} before @param {RoomView} after @returns {Moment[]} */
function waiting(before, after) {
  if (!isPresider(after)) return [];
  const known = new Set(before.waiting.filter((each) => each.connected).map((each) => each.participant));
  return after.waiting
    .filter((each) => each.connected && !known.has(each.participant))
    .map((each) => ({ key: "knock", params: { name: each.name }, sound: "knock" }));
}

/** @param {RoomView} before @param {RoomView} after @returns {Moment[]} */
function people(before, after) {
  if (before.place !== after.place || before.caucus?.mine !== after.caucus?.mine) return [];
  const former = new Map(here(before).map((each) => [each.participant, each]));
  return here(after).flatMap((each) => (each.you ? [] : about(former.get(each.participant), each)));
}

/**
 * A new signal of the waiting side rings and is said without name or word: a loudspeaker is heard by the other side.
 * @param {RoomView} before @param {RoomView} after @returns {Moment[]}
 */
function signals(before, after) {
  if (!after.caucus?.mine || !isPresider(after)) return [];
  const known = new Set(givenIn(before));
  return givenIn(after).some((each) => !known.has(each)) ? [{ key: "signal", sound: "knock" }] : [];
}

/** @param {RoomView} view */
const givenIn = (view) =>
  view.people.flatMap(({ participant, signals }) =>
    signals.map(({ signal, at }) => `${participant} ${signal} ${at}`),
  );

/** @param {Person | undefined} before @param {Person} after @returns {Moment[]} */
function about(before, after) {
  const params = { name: after.name };
  if (!before?.again && after.again) return [{ key: "again", params, sound: "knock" }];
  if (!before?.connected && after.connected) return [{ key: before ? "rejoined" : "joined", params }];
  if (before?.connected && !after.connected) return [{ key: "dropped", params }];
  if (!before?.hand_at && after.hand_at) return [{ key: "hand", params }];
  return [];
}
