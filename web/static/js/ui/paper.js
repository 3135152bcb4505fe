/** The item everybody here sees: its page, its name, the pointer; whoever shows it turns pages. Knows no sockets. */
import { fromTemplate } from "../find.js";
import { t } from "../i18n.js";
import { pagePath } from "../room/papers.js";
import { glyphName, may, sideClass } from "../room/rules.js";
import { box, onChange, part, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Side} Side */
/** @typedef {(x: number | null, y: number | null) => unknown} PointTo */

const EVERY_MS = 90;
/** Whose an item is, in one word of the matter. */
export const ROLE_OF_SIDE = /** @type {const} */ ({
  applicant: "applicant",
  respondent: "respondent",
  third: "third_party",
  neutral: "mediator",
});

/** @param {PointTo} pointTo @returns {HTMLElement} */
export function makePaper(pointTo) {
  const tile = fromTemplate("#paper-piece", HTMLElement);
  const sheet = box("sheet", tile);
  /** @type {{x: number, y: number} | null} where the mouse is, until it has been said */
  let unsaid = null;
  let timer = 0;
  const tell = () => {
    timer = unsaid ? window.setTimeout(tell, EVERY_MS) : 0; // the last movement is said too: there the mouse rests
    if (unsaid && tile.dataset.shows === "yes") pointTo(unsaid.x, unsaid.y);
    unsaid = null;
  };
  sheet.addEventListener("pointermove", (event) => {
    unsaid = placeIn(sheet, event) ?? unsaid;
    if (timer === 0) tell();
  });
  sheet.addEventListener("pointerleave", () => {
    unsaid = null;
    if (tile.dataset.shows === "yes") pointTo(null, null);
  });
  return tile;
}

/** @param {HTMLElement} tile @param {RoomModel} model @param {RoomView} view */
export function fillPaper(tile, model, view) {
  const shown = view.document;
  const paper = model.paper;
  if (!shown) return;
  const shows = may(view, "show_document");
  tile.dataset.shows = shows ? "yes" : "no";
  show(box("turn", tile), shows || shown.pages > 1);
  show(box("prev", tile), shows);
  show(box("next", tile), shows);
  part("prev", HTMLButtonElement, tile).disabled = shown.page <= 1;
  part("next", HTMLButtonElement, tile).disabled = shown.page >= shown.pages;
  say(box("page", tile), t("materials.page_of", { n: shown.page, of: shown.pages }));
  introduce(tile, paper, view);
  drawPage(tile, paper?.shapes[shown.page - 1] ?? "none", view);
  drawPointer(tile, model.pointer);
}

/** @param {HTMLElement} tile @param {RoomModel["paper"]} paper @param {RoomView} view */
function introduce(tile, paper, view) {
  say(box("name", tile), paper ? paper.title : t("room.paper.coming"));
  const glyph = box("glyph", tile);
  show(glyph, paper !== null);
  if (!paper) return;
  const role = ROLE_OF_SIDE[paper.side];
  say(glyph, t(`glyph.${glyphName(role, view.session.matter.track)}`));
  glyph.className = `glyph glyph--lg ${sideClass(paper.side)}`;
}

/** @param {HTMLElement} tile @param {string} shape @param {RoomView} view */
function drawPage(tile, shape, view) {
  const shown = /** @type {NonNullable<RoomView["document"]>} */ (view.document);
  const path = pagePath(view.you.participant, shown.document, shown.page);
  onChange(box("sheet", tile), `${path} ${shape}`, () => {
    const made = MAKERS[shape]?.(path, t("materials.page_alt", { n: shown.page }));
    box("leaf", tile).replaceChildren(made ?? "");
    show(box("none", tile), made === undefined);
  });
}

/** @type {Record<string, (path: string, words: string) => HTMLElement>} */
const MAKERS = {
  image: picture,
  document: picture,
  text: (path) => {
    const words = document.createElement("pre");
    words.className = "paper__text";
    words.tabIndex = 0;
    void fetch(path)
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((text) => say(words, text))
      .catch(() => {});
    return words;
  },
  sound: (path) => player("audio", path),
  film: (path) => player("video", path),
};

/** @param {string} path @param {string} words */
function picture(path, words) {
  const image = document.createElement("img");
  image.className = "paper__image";
  image.alt = words;
  image.draggable = false;
  image.src = path;
  return image;
}

/** @param {"audio" | "video"} kind @param {string} path */
function player(kind, path) {
  const media = document.createElement(kind);
  media.className = "paper__media";
  media.controls = true;
  media.src = path;
  return media;
}

/** @param {HTMLElement} tile @param {{x: number, y: number} | null} at */
function drawPointer(tile, at) {
  const dot = box("dot", tile);
  show(dot, at !== null);
  if (!at) return;
  const { left, top, width, height } = leafOf(box("sheet", tile));
  dot.style.setProperty("left", `${left + at.x * width}px`);
  dot.style.setProperty("top", `${top + at.y * height}px`);
}

/** @param {HTMLElement} sheet @param {PointerEvent} event @returns {{x: number, y: number} | null} null beside the page */
function placeIn(sheet, event) {
  const frame = sheet.getBoundingClientRect();
  const { left, top, width, height } = leafOf(sheet);
  const x = (event.clientX - frame.left - left) / width;
  const y = (event.clientY - frame.top - top) / height;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}

/** Where the page itself lies within its frame, which it may not fill. @param {HTMLElement} sheet */
function leafOf(sheet) {
  const { width, height } = sheet.getBoundingClientRect();
  const image = sheet.querySelector("img");
  if (!image?.naturalWidth) return { left: 0, top: 0, width, height };
  const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight);
  const [w, h] = [image.naturalWidth * scale, image.naturalHeight * scale];
  return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
}
