/** Who missed what was said: cards for the mediator, a plain word for oneself, and that it is said again. Knows no sockets. */
import { fromTemplate } from "../find.js";
import { exactClock, t } from "../i18n.js";
import { isPresider } from "../room/rules.js";
import { box, keep, onChange, part, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").MissedCard} MissedCard */
/** @typedef {{repeat: (card: number) => unknown, noted: (card: number) => unknown}} Acts */
/** @typedef {{id: string, card: number | null, calm: boolean, presider: boolean, title: string, text: string}} Piece */

/** So many at once; the oldest first, for whoever waits longest. */
const SHOWN = 3;

export class Missed {
  #list = box("missed");
  #acts;

  /** @param {Acts} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {RoomModel} model @param {RoomView} view */
  render(model, view) {
    const cards = model.missed.slice(0, SHOWN).map((each) => pieceOf(each, view));
    const pieces = [...repeatPiece(model), ...cards];
    keep(
      this.#list,
      pieces,
      (each) => each.id,
      make,
      (element, piece) => fill(element, piece, this.#acts),
    );
    show(this.#list, pieces.length > 0);
  }
}

/** @param {MissedCard} card @param {RoomView} view @returns {Piece} */
function pieceOf(card, view) {
  const presider = isPresider(view);
  const me = view.you.participant;
  const name = (/** @type {string} */ id) =>
    view.people.find((each) => each.participant === id)?.name ?? t("room.missed.somebody");
  const who = card.participant === me ? t("room.missed.you") : name(card.participant);
  const params = { who, whom: name(card.whom), at: exactClock(card.since), n: card.seconds };
  const key = `room.missed.${card.sense}_${card.whom === me ? "your" : "their"}`;
  const state = card.over ? "over" : "now";
  const text = presider ? `room.missed.text_${state}` : `room.missed.own_${state}`;
  return {
    id: `card-${card.id}`,
    card: card.id,
    calm: false,
    presider,
    title: t(key, params),
    text: t(text),
  };
}

/** @param {RoomModel} model @returns {Piece[]} */
function repeatPiece({ repeat, view }) {
  if (!repeat) return [];
  const mine = repeat.participant === view?.you.participant;
  const key = repeat.presider ? "presider" : mine ? "you" : "them";
  const title = t(`room.repeat.${key}`, { name: repeat.name });
  return [{ id: "repeat", card: null, calm: true, presider: false, title, text: t("room.repeat.text") }];
}

const make = () => fromTemplate("#missed-piece", HTMLElement);

/** @param {HTMLElement} element @param {Piece} piece @param {Acts} acts */
function fill(element, { card, calm, presider, title, text }, acts) {
  onChange(element, `${title} ${text}`, () => {
    element.classList.toggle("fair--calm", calm);
    say(box("title", element), title);
    say(box("text", element), text);
  });
  const repeat = part("repeat", HTMLButtonElement, element);
  const noted = part("noted", HTMLButtonElement, element);
  show(repeat, card !== null && presider);
  show(noted, card !== null);
  repeat.onclick = () => card !== null && acts.repeat(card);
  noted.onclick = () => card !== null && acts.noted(card);
}
