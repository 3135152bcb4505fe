/** The stage: all seats in their places, a shared screen above them, the line that says who hears. Knows no sockets. */
import { find, findAll, fromTemplate } from "../find.js";
import { t } from "../i18n.js";
import { arranged } from "../room/layout.js";
import { featured, glyphName, here, mayReceive, sideClass } from "../room/rules.js";
import { drawOutside } from "./outside.js";
import { fillPaper, makePaper } from "./paper.js";
import { box, keep, onChange, say, show } from "./parts.js";
import { showTrack, Voices } from "./players.js";
import { keepReady } from "./ready-pictures.js";
import { fillSeat, makeSeat } from "./seat.js";
import { drawState, lineState, listed, sayBold } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {{participant: string, track: MediaStreamTrack, person: Person}} Shared */
/** @typedef {{document: string}} Paper */

export class Stage {
  #tiles = box("tiles");
  #others = box("others");
  #audience = box("audience");
  #audienceShort = box("audience-short");
  #ownLine = box("own-line");
  #voices;
  #ahead = document.createElement("div");
  #pointTo;

  /**
   * @param {(blocked: boolean) => void} onBlocked the browser wants a touch before it plays sound
   * @param {import("./paper.js").PointTo} pointTo where the pointer is put on a shown page
   */
  constructor(onBlocked, pointTo) {
    this.#pointTo = pointTo;
    const root = document.createElement("div");
    root.hidden = true;
    this.#tiles.closest("body")?.append(root);
    this.#voices = new Voices(root, onBlocked);
    this.#ahead.className = "sr";
    this.#ahead.ariaHidden = "true";
    root.after(this.#ahead);
  }

  /** @param {MediaStreamTrack[]} tracks pictures that will be somebody's */
  expect(tracks) {
    keepReady(tracks, this.#ahead);
  }

  /** @param {RoomModel} model whatever may not be received now leaves the page, with its last picture */
  hear(model) {
    const people = new Set(
      model.view && mayReceive(model.view) ? here(model.view).map((each) => each.participant) : [],
    );
    this.#voices.render(model.remote.filter((each) => people.has(each.participant)));
    if (people.size === 0) this.#clear();
  }

  /** The elements that show people and screens now. */
  get pictures() {
    return findAll("video[data-participant]", HTMLVideoElement, this.#tiles);
  }

  unblock() {
    return this.#voices.unblock();
  }

  /** Plays voices on the picked loudspeaker. */
  route() {
    this.#voices.route();
  }

  /** @param {RoomModel} model @param {RoomView} view @param {number} now */
  render(model, view, now) {
    const people = here(view);
    const layout = arranged(people, model.speaking);
    const places = new Map(layout.places.map((place) => [place.participant, place]));
    const shown = people.filter((each) => places.has(each.participant));
    shown.sort((a, b) => order(places.get(a.participant)) - order(places.get(b.participant)));
    const shared = view.document ?? sharedScreen(model, view, people); // a page that all look at comes first
    const large = shared ? null : featured(model);
    const make = (/** @type {Person | Shared | Paper} */ item) => makeTile(item, this.#pointTo);
    keep(this.#tiles, [...(shared ? [shared] : []), ...shown], tileKey, make, (tile, item) => {
      if ("document" in item) return fillPaper(tile, model, view);
      if ("track" in item) return fillShare(tile, item, view);
      const place = places.get(item.participant);
      placeTile(tile, place);
      tile.classList.toggle("is-large", item.participant === large);
      fillSeat(tile, item, model, now);
    });
    this.#frame(model, shown, layout, Boolean(shared));
    this.#rest(layout.hidden.length);
    drawOutside(view, now);
    this.#hearers(model, view);
  }

  /** @param {RoomModel} model @param {Person[]} shown @param {import("../room/layout.js").Layout} layout @param {boolean} sharing */
  #frame(model, shown, layout, sharing) {
    const neutral = new Set(shown.filter((each) => each.side === "neutral").map((each) => each.participant));
    const court = layout.rows > 1 && neutral.size > 0 && neutral.size < shown.length;
    const rows = Array.from({ length: layout.rows }, (_, row) => {
      const below = layout.places.some((place) => place.row === row + 1 && neutral.has(place.participant));
      return court && !below ? "minmax(0, 1.34fr)" : "minmax(0, 1fr)";
    });
    onChange(this.#tiles, `${layout.columns} ${rows} ${shown.length} ${sharing}`, () => {
      this.#tiles.style.setProperty("--columns", String(layout.columns));
      this.#tiles.style.setProperty("--rows", rows.join(" "));
      this.#tiles.style.setProperty(
        "--strip",
        String(Math.max(1, sharing ? shown.length : shown.length - 1)),
      );
      this.#tiles.dataset.count = String(shown.length);
    });
    this.#tiles.dataset.layout = sharing ? "share" : model.layout;
  }

  /** @param {number} hidden */
  #rest(hidden) {
    show(this.#others, hidden > 0);
    if (hidden > 0) say(this.#others, t("room.others", { n: hidden }));
  }

  /** @param {RoomModel} model @param {RoomView} view */
  #hearers(model, view) {
    sayBold(this.#audience, audienceKey(view), "names", listed(view.audience.people));
    say(this.#audienceShort, audienceShort(view));
    const state = lineState(model.ownQuality, "long");
    show(this.#ownLine, state !== null);
    if (state) drawState(this.#ownLine, state);
  }

  #clear() {
    for (const video of this.#tiles.querySelectorAll("video")) showTrack(video, null);
    this.#tiles.replaceChildren();
  }
}

/** @param {Person | Shared | Paper} item */
function tileKey(item) {
  if ("document" in item) return "document";
  return "track" in item ? `screen ${item.participant}` : item.participant;
}

/** @param {Person | Shared | Paper} item @param {import("./paper.js").PointTo} pointTo @returns {HTMLElement} */
function makeTile(item, pointTo) {
  if ("document" in item) return makePaper(pointTo);
  if (!("track" in item)) return makeSeat(item);
  const tile = fromTemplate("#share-piece", HTMLElement);
  for (const element of [tile, find("video", HTMLVideoElement, tile)]) {
    element.dataset.participant = item.participant;
    element.dataset.source = "screen";
  }
  return tile;
}

/** @param {HTMLElement} tile @param {Shared} shared @param {RoomView} view */
function fillShare(tile, { track, person }, view) {
  showTrack(find("video", HTMLVideoElement, tile), track);
  tile.classList.add(sideClass(person.side));
  const glyph = box("glyph", tile);
  glyph.classList.add(sideClass(person.side));
  say(glyph, t(`glyph.${glyphName(person.role, view.session.matter.track)}`));
  say(box("name", tile), person.you ? t("room.share.yours") : t("room.share.of", { name: person.name }));
}

/** @param {HTMLElement} tile @param {import("../room/layout.js").Place | undefined} place */
function placeTile(tile, place) {
  if (!place) return;
  tile.style.setProperty("--row", String(place.row));
  tile.style.setProperty("--column", String(place.column));
}

/** @param {import("../room/layout.js").Place | undefined} place */
const order = (place) => (place ? place.row * 100 + place.column : 0);

/** @param {RoomModel} model @param {RoomView} view @param {Person[]} people @returns {Shared | null} */
function sharedScreen(model, view, people) {
  if (!mayReceive(view)) return null;
  const mine = people.find((each) => each.you);
  const own = model.local.screen;
  for (const { participant, source, track } of model.remote) {
    const person = people.find((each) => each.participant === participant);
    if (source === "screen" && person?.screen && !person.you) return { participant, track, person };
  }
  return mine && own.on && own.track
    ? { participant: mine.participant, track: own.track, person: mine }
    : null;
}

/** @param {RoomView} view @returns {string} the same for a phone, where the recording has a strip of its own */
function audienceShort(view) {
  const { people } = view.audience;
  if (people.length === 0) return t("room.audience.nobody");
  if (view.caucus?.mine) return t("room.audience.only_short", { names: listed(people) });
  return t("room.audience.short", { n: people.length });
}

/** @param {RoomView} view @returns {string} key of the sentence: 此刻听得到您的人：… */
function audienceKey(view) {
  const { people, captions } = view.audience;
  const recorder = view.audience.recorder && view.recording.state === "on"; // none while the disk refuses it
  const machine = captions ? "_captions" : "";
  if (people.length === 0) return recorder ? `room.audience.recorder_only${machine}` : "room.audience.nobody";
  if (view.caucus?.mine) return `room.audience.only${machine}`;
  return recorder ? `room.audience.recorded${machine}` : `room.audience.people${machine}`;
}
