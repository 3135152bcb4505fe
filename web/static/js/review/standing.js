/** Asks every few seconds whether the viewing may go on, and says when it may not: a right can be gone while media that
 * were fetched before still play. */

const EVERY_MS = 3000;
const OVER = new Set([401, 403, 404, 410]);

/** Events: `over`, with the words of the refusal in `detail`; after it nothing is asked any more. */
export class Standing extends EventTarget {
  /** @param {string} base address of the viewing */
  constructor(base) {
    super();
    this.base = base;
    this.over = false;
    this.timer = setInterval(() => this.ask(), EVERY_MS);
  }

  /** Ask now: the answer to a file may have been a refusal. */
  async ask() {
    if (this.over) return;
    const answer = await fetch(`${this.base}/standing.json`, {
      headers: { Accept: "application/json" },
      cache: "no-store",
    }).catch(() => null); // a lost line says nothing about rights
    if (answer && OVER.has(answer.status) && !this.over) {
      this.over = true;
      clearInterval(this.timer);
      const body = await answer.json().catch(() => ({}));
      this.dispatchEvent(new CustomEvent("over", { detail: String(body.message ?? "") }));
    }
  }
}
