/** Keeps the screen of a phone awake while a sitting lasts. Knows nothing of sittings. */

export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #sentinel = null;
  #wanted = false;

  constructor() {
    // The browser lets go whenever the page is hidden: ask again when it is back.
    document.addEventListener("visibilitychange", () => void this.#hold());
  }

  /** @param {boolean} wanted */
  async keep(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) return this.#hold();
    await this.#sentinel?.release();
    this.#sentinel = null;
  }

  async #hold() {
    if (!this.#wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      this.#sentinel = await navigator.wakeLock.request("screen");
    } catch {
      // A phone short of power refuses; the sitting goes on all the same.
    }
  }
}
