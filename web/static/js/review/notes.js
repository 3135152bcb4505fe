/** One's own bookmarks: set where the review stands, with a note or without, listed, jumped to, taken away. */

/** @import { Note } from "../../../types/review" */

import { find, fromTemplate } from "../find.js";
import { t } from "../i18n.js";
import { clockText } from "./times.js";

/** Events: `change` when there is another set of notes. */
export class ReviewNotes extends EventTarget {
  /**
   * @param {string} base address of the viewing
   * @param {() => number} now where the review stands, ms
   * @param {(ms: number) => void} jump
   */
  constructor(base, now, jump) {
    super();
    this.base = base;
    this.now = now;
    this.jump = jump;
    /** @type {Note[]} */
    this.notes = [];
    this.list = find("#notes", HTMLOListElement);
    this.said = find("#note-said", HTMLElement);
    this.text = find("#note-text", HTMLInputElement);
    /** @type {number | null} */
    this.begun = null; // whoever writes a note means the moment at which they began
    this.text.addEventListener("input", () => {
      if (this.text.value === "") this.begun = null;
      else this.begun ??= this.now();
    });
    find("#note-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
  }

  async load() {
    const answer = await fetch(`${this.base}/notes.json`, { headers: { Accept: "application/json" } });
    if (answer.ok) this.put((await answer.json()).notes);
  }

  /** A bookmark where the review stands, with what is in the box. */
  async add() {
    const form = new URLSearchParams({
      at_ms: String(Math.round(this.begun ?? this.now())),
      text: this.text.value,
    });
    const made = await this.asked("notes", { method: "POST", body: form });
    if (!made) return;
    /** @type {Note} */
    const note = await made.json();
    this.text.value = "";
    this.begun = null;
    this.put([...this.notes, note].sort((a, b) => a.offset_ms - b.offset_ms));
    this.said.textContent = t("review.noted", { at: clockText(note.offset_ms) });
  }

  /** @param {Note} note */
  async remove(note) {
    if (!(await this.asked(`notes/${note.id}`, { method: "DELETE" }))) return;
    this.put(this.notes.filter((each) => each !== note));
    this.said.textContent = t("review.unnoted");
    find('#review-tabs [value="notes"]', HTMLButtonElement).focus(); // the button that was pressed is gone
  }

  /**
   * The answer, or null after what went wrong was said.
   * @param {string} path
   * @param {RequestInit} what
   */
  async asked(path, what) {
    const answer = await fetch(`${this.base}/${path}`, {
      ...what,
      headers: { Accept: "application/json" },
    }).catch(() => null);
    if (answer?.ok) return answer;
    const body = (await answer?.json().catch(() => null)) ?? {};
    this.said.textContent = body.message ?? t("review.note_failed");
    return null;
  }

  /** @param {Note[]} notes */
  put(notes) {
    this.notes = notes;
    this.list.replaceChildren(...notes.map((each) => this.row(each)));
    find("#no-notes", HTMLElement).hidden = notes.length > 0;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Note} note */
  row(note) {
    const element = fromTemplate("#review-note", HTMLElement);
    const at = clockText(note.offset_ms);
    const [time, remove] = element.querySelectorAll("button");
    time.textContent = at;
    time.addEventListener("click", () => this.jump(note.offset_ms));
    find("[data-part=text]", HTMLElement, element).textContent = note.text || t("review.note_empty");
    element.classList.toggle("note--empty", note.text === "");
    remove.setAttribute("aria-label", t("review.note_remove", { at }));
    remove.addEventListener("click", () => this.remove(note));
    return element;
  }
}
