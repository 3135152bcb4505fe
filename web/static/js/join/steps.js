/** Shows one step at a time and moves the focus to its heading; knows no step in particular. */

const PHONE = window.matchMedia("(max-width: 46rem)");

export class Steps {
  #steps;
  #onShown;

  /**
   * @param {HTMLElement[]} steps elements with `data-step`
   * @param {(step: string) => void} onShown
   */
  constructor(steps, onShown) {
    this.#steps = steps;
    this.#onShown = onShown;
    PHONE.addEventListener("change", () => {
      if (!this.onPhone && this.current === "letter") this.go("device", false);
    });
  }

  /** On a phone the letter is a step of its own; on a desktop it stays beside the task. */
  get onPhone() {
    return PHONE.matches;
  }

  get current() {
    return this.#steps.find((step) => step.classList.contains("is-now"))?.dataset.step ?? "";
  }

  /**
   * @param {string} name
   * @param {boolean} [focus] whether the reader has just asked for it
   */
  go(name, focus = true) {
    const wanted = name === "letter" && !this.onPhone ? "device" : name;
    for (const step of this.#steps) step.classList.toggle("is-now", step.dataset.step === wanted);
    this.#onShown(wanted);
    if (!focus) return;
    window.scrollTo(0, 0);
    const heading = this.#steps
      .find((step) => step.dataset.step === wanted)
      ?.querySelector("[tabindex='-1']");
    if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
  }
}
