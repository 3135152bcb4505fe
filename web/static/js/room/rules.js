/** What follows from a RoomView: which screen, who is here, what may be pressed. Pure; knows no DOM and no sockets. */

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("../../../types/room").Screen} Screen */
/** @typedef {import("../../../types/room").Problem} Problem */
/** @typedef {import("../../../types/room").Halt} Halt */
/** @typedef {import("../../../types/protocol").Permission} Permission */
/** @typedef {import("../../../types/protocol").Role} Role */
/** @typedef {import("../../../types/protocol").Side} Side */

/** How long somebody counts as coming back before we say that the line is lost. */
export const RECONNECTING_MS = 30_000;

/** @param {RoomModel} model @returns {Screen} */
export function screenOf(model) {
  if (model.halt) return "halt";
  if (!model.view) return "connecting";
  if (model.view.place === "waiting") return model.view.caucus ? "companion" : "apart";
  return carriesMedia(model.view) ? "room" : "lobby";
}

/** @param {RoomView} view whether this person is where people hear each other */
export const carriesMedia = (view) => view.place === "main" || view.place === "caucus";

/** @param {RoomView} view whether remote pictures and voices may be on this screen at all */
export const mayReceive = (view) => carriesMedia(view) && !view.suspended;

/** @param {RoomView | null} view @param {Permission} permission */
export const may = (view, permission) => Boolean(view?.you.permissions.includes(permission));

/** @param {RoomView} view */
export const isPresider = (view) => may(view, "start");

/** @param {RoomView} view whether the sitting has begun */
export const hasStarted = (view) => view.session.started_at !== null;

/**
 * Whether somebody is in the other room while a caucus runs, or waits alone in safety mode: nothing of theirs belongs on
 * this screen.
 * @param {RoomView} view @param {Person} person
 */
export function isApart(view, person) {
  if (person.you) return false;
  if (person.with_other_side) return true;
  if (view.safety && !view.caucus?.mine) return person.side !== "neutral";
  return Boolean(view.caucus?.mine && !person.presider && person.side !== view.caucus.side);
}

/** @param {Person} person whether they have been here at all */
const wasHere = (person) => person.connected || person.disconnected_at !== null;

/** @param {RoomView} view @returns {Person[]} those who have a seat on this screen */
export function here(view) {
  const waiting = new Set(view.waiting.map((each) => each.participant));
  return view.people.filter(
    (each) => wasHere(each) && !waiting.has(each.participant) && !isApart(view, each),
  );
}

/** @param {RoomView} view @returns {Person[]} those who wait outside our caucus, or alone in safety mode */
export function outside(view) {
  if (!view.caucus?.mine && !view.safety) return [];
  return view.people.filter((each) => wasHere(each) && isApart(view, each));
}

/** @param {RoomView} view @returns {Person[]} those who are expected and have not come */
export function absent(view) {
  const waiting = new Set(view.waiting.map((each) => each.participant));
  return view.people.filter((each) => !wasHere(each) && !waiting.has(each.participant) && !each.you);
}

/** @param {Role} role @param {string} track @returns {string} key under `role.` */
export function roleName(role, track) {
  const atCourt = track === "postfiling_entrusted" || track === "court_led";
  if (atCourt && role === "applicant") return "plaintiff";
  if (atCourt && role === "respondent") return "defendant";
  return role;
}

/**
 * Who mediates beside the presider has a word of their own; nobody who presides waits to be let in.
 * @param {{role: Role, presider?: boolean}} person @param {string} track @returns {string} key under `role.`
 */
export function seatName(person, track) {
  return person.role === "mediator" && !person.presider ? "co_mediator" : roleName(person.role, track);
}

/** @param {Role} role @param {string} track @returns {string} key under `glyph.` */
export function glyphName(role, track) {
  const name = roleName(role, track);
  return name === "defendant" ? "respondent" : name;
}

/** @param {Side} side @returns {string} the class that colours a side */
export const sideClass = (side) =>
  ({ applicant: "side-a", respondent: "side-b", third: "side-c", neutral: "side-n" })[side];

/** @param {string} name @returns {string} what stands for somebody whose camera is off: the family name */
export const familyMark = (name) => Array.from(name.trim())[0] ?? "";

/** @param {RoomView} view @returns {Person[]} those with whom a caucus can be opened */
export function caucusPeople(view) {
  const waiting = new Set(view.waiting.map((each) => each.participant));
  const apart = view.safety ? outside(view).filter((each) => !waiting.has(each.participant)) : [];
  return [...here(view), ...apart];
}

/** @param {RoomView} view @returns {Side[]} the sides a caucus can be opened with: somebody of theirs is here */
export function caucusSides(view) {
  const sides = caucusPeople(view)
    .filter((each) => each.connected && each.side !== "neutral")
    .map((each) => each.side);
  return [...new Set(sides)];
}

/** @param {RoomModel} model @returns {string | null} the seat to show large: who speaks, else the mediator, else anybody */
export function featured(model) {
  const others = model.view ? here(model.view).filter((each) => !each.you) : [];
  const speaking = others.find((each) => model.speaking.has(each.participant));
  const chosen = speaking ?? others.find((each) => each.presider) ?? others[0];
  return chosen?.participant ?? model.view?.you.participant ?? null;
}

/** @param {Problem} problem why the server will not have us @returns {Halt} */
export function haltOf(problem) {
  if (problem.code === "seat_taken") return { kind: "seat_taken" };
  if (problem.code === "removed") return { kind: "removed", reason: "" };
  if (problem.code === "gone" || problem.code === "session_over")
    return { kind: "ended", outcome: "", session: null, matter: null };
  return { kind: "refused", problem };
}
