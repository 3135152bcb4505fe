/** The side panel: chat, moments, gaps and the lines of further sources in one list that follows the time, is searched, and
 * jumps when clicked. */

/** @import { GapCard, Lane, Moment, ChatEntry, Review, Source, TimedLine } from "../../../types/review" */

import { find, fromTemplate } from "../find.js";
import { has, t } from "../i18n.js";
import { clockText, lengthText } from "./times.js";
import { glyphOf, nameOf, sideOf } from "./words.js";

/** @typedef {{ at: number, element: HTMLElement, text: string, kind: string, weighty: boolean }} Line */

/** What stands among the chat; the rest of the moments is under its own tab. */
const WEIGHTY = new Set([
  "started",
  "removed",
  "disconnected",
  "suspended",
  "resumed",
  "caucus_closed",
  "concluded",
  "ended",
]);
const RECORDER = "recorder";
/** What is said all the time: under its own tab, and wherever it is searched for. */
const SPEECH = new Set(["captions"]);

export class ReviewPanel {
  /**
   * @param {HTMLElement} list
   * @param {Review} review
   * @param {(ms: number) => void} jump
   */
  constructor(list, review, jump) {
    this.list = list;
    this.jump = jump;
    /** @type {Map<string, Lane>} */
    this.people = new Map(review.lanes.map((lane) => [lane.participant, lane]));
    /** @type {Line[]} */
    this.lines = [
      ...review.chat.map((each) => this.chatLine(each)),
      ...review.moments.filter((each) => has(`event.${each.kind}`)).map((each) => this.momentLine(each)),
      ...review.gaps.map((each) => this.gapLine(each)),
      ...review.sources.flatMap((source) => source.lines.map((each) => this.sourceLine(source, each))),
    ].sort((a, b) => a.at - b.at);
    list.replaceChildren(...this.lines.map((line) => line.element));
    /** @type {Line | null} */
    this.now = null;
    this.kind = "all";
    this.query = "";
    this.filter("all", "");
  }

  /** @param {string | null} participant */
  nameOf(participant) {
    const lane = this.people.get(participant ?? "");
    if (!lane) return participant === RECORDER ? t("role.recorder") : "";
    return nameOf(lane);
  }

  /**
   * @param {number} at
   * @param {string} participant
   * @param {string} text
   * @returns {HTMLElement}
   */
  row(at, participant, text) {
    const element = fromTemplate("#review-line", HTMLElement);
    const lane = this.people.get(participant);
    const button = find("button", HTMLButtonElement, element);
    button.textContent = clockText(at);
    button.addEventListener("click", () => this.jump(at));
    const glyph = find("[data-part=glyph]", HTMLElement, element);
    glyph.textContent = lane ? glyphOf(lane) : "";
    glyph.hidden = !lane;
    if (lane) glyph.classList.add(sideOf(lane));
    find("[data-part=name]", HTMLElement, element).textContent = this.nameOf(participant);
    find("[data-part=text]", HTMLElement, element).textContent = text;
    return element;
  }

  /**
   * @param {ChatEntry} each
   * @returns {Line}
   */
  chatLine(each) {
    const element = this.row(each.offset_ms, each.participant, each.text);
    return {
      at: each.offset_ms,
      element,
      text: `${this.nameOf(each.participant)} ${each.text}`,
      kind: "chat",
      weighty: true,
    };
  }

  /**
   * @param {Moment} each
   * @returns {Line}
   */
  momentLine(each) {
    const who = each.participant ?? each.actor;
    const text = t(`event.${each.kind}`);
    const element = this.row(each.offset_ms, who, text);
    element.classList.add("min--event");
    return {
      at: each.offset_ms,
      element,
      text: `${this.nameOf(who)} ${text}`,
      kind: "moment",
      weighty: WEIGHTY.has(each.kind),
    };
  }

  /**
   * @param {GapCard} gap
   * @returns {Line}
   */
  gapLine(gap) {
    const element = fromTemplate("#review-gap", HTMLElement);
    const length = lengthText(gap.to_ms - gap.from_ms);
    const title = t("review.gap_title", { reason: t(`gap.${gap.reason}`), length });
    const where = gap.side ? t(`gap.with_${gap.side}`) : t(`gap.${gap.reason}_text`);
    const text = t("review.gap_text", { from: clockText(gap.from_ms), to: clockText(gap.to_ms), why: where });
    find("[data-part=title]", HTMLElement, element).textContent = title;
    find("[data-part=text]", HTMLElement, element).textContent = text;
    find("button", HTMLButtonElement, element).addEventListener("click", () => this.jump(gap.to_ms));
    element.classList.toggle("min--fault", gap.reason === "fault" || gap.reason === "disk");
    return { at: gap.from_ms, element, text: `${title} ${text}`, kind: "gap", weighty: true };
  }

  /**
   * @param {Source} source
   * @param {TimedLine} each
   * @returns {Line}
   */
  sourceLine(source, each) {
    const key = `source.${source.kind}_line`;
    const text = has(key) ? t(key, { ...each.words, text: each.text }) : each.text;
    const element = this.row(each.offset_ms, each.participant ?? "", text);
    element.classList.add("min--source");
    const name = find("[data-part=name]", HTMLElement, element);
    name.textContent ||= t(`source.${source.kind}`);
    return {
      at: each.offset_ms,
      element,
      text: `${name.textContent} ${text}`,
      kind: source.kind,
      weighty: !SPEECH.has(source.kind),
    };
  }

  /**
   * @param {string} kind all, chat, moment, or the kind of a source
   * @param {string} query
   * @returns {number} how many lines are shown
   */
  filter(kind, query) {
    this.kind = kind;
    this.query = query.trim().toLowerCase();
    for (const line of this.lines) {
      const wanted =
        kind === "all" ? line.weighty || this.query !== "" : line.kind === kind || line.kind === "gap";
      line.element.hidden = !wanted || !line.text.toLowerCase().includes(this.query);
    }
    this.mark();
    return this.lines.filter((line) => !line.element.hidden).length;
  }

  /** Paint what was searched for where it stands; a browser that cannot shows the lines all the same. */
  mark() {
    if (!("highlights" in CSS)) return;
    const ranges = this.query ? this.lines.flatMap((line) => found(line.element, this.query)) : [];
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  /** @param {number} positionMs */
  show(positionMs) {
    let now = null;
    for (const line of this.lines) if (line.at <= positionMs && !line.element.hidden) now = line;
    if (now === this.now) return;
    this.now?.element.classList.remove("min--now");
    now?.element.classList.add("min--now");
    this.now = now;
    if (now && !this.list.contains(document.activeElement)) now.element.scrollIntoView({ block: "nearest" });
  }

  /**
   * The first line after a position that matches the search, for Enter in the search box.
   * @param {number} positionMs
   */
  nextAfter(positionMs) {
    const shown = this.lines.filter((line) => !line.element.hidden);
    return shown.find((line) => line.at > positionMs + 500)?.at ?? shown[0]?.at ?? null;
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} query in small letters
 * @returns {Range[]} where it stands in what is read there
 */
function found(element, query) {
  if (element.hidden) return [];
  const ranges = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = (node.nodeValue ?? "").toLowerCase();
    for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + query.length);
      ranges.push(range);
    }
  }
  return ranges;
}
