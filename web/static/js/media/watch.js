/**
 * Watches one peer connection: asks for an ICE restart when it is silent, gives it up when restarts do not help.
 * Knows neither signalling nor what is sent.
 */

/** Browsers say "disconnected" late enough; what is not back after this is not going to come back by itself. */
const SILENT_MS = 1000;
/** From each restart to the next; after the last one the connection is given up. */
const PATIENCE_MS = [2000, 4000, 4000];

/** Events: `silent` when nothing comes any more, `restart` to be carried out, `failed` once. */
export class Watch extends EventTarget {
  #pc;
  #tries = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #over = false;

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    super();
    this.#pc = pc;
    pc.addEventListener("connectionstatechange", () => this.#look());
  }

  get isUp() {
    return this.#pc.connectionState === "connected";
  }

  /** The network has changed, or the browser slept: what looks connected may be dead. */
  nudge() {
    if (this.#over || this.#pc.connectionState === "new") return;
    this.#tries = 0;
    this.#restart();
  }

  close() {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #look() {
    const state = this.#pc.connectionState;
    if (this.#over || state === "closed") return this.close();
    if (state === "connected") {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#tries = 0;
    } else if (state === "disconnected") {
      this.#tell("silent");
      this.#after(SILENT_MS);
    } else if (state === "failed") {
      this.#tell("silent");
      if (this.#tries === 0) this.#restart();
      else this.#giveUp();
    }
  }

  /** @param {number} ms */
  #after(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.isUp) this.#restart();
    }, ms);
  }

  #restart() {
    const patience = PATIENCE_MS[this.#tries];
    if (patience === undefined) return this.#giveUp();
    this.#tries += 1;
    this.#after(patience);
    this.#tell("restart");
  }

  #giveUp() {
    this.close();
    this.#tell("failed");
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
