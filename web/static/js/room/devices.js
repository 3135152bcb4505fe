/** When microphone and camera go on and off by themselves, and what the server is told of them. Knows no DOM. */
import { Refused } from "../signaling.js";

/** @typedef {import("../media/local.js").LocalMedia} LocalMedia */
/** @typedef {import("../signaling.js").Signaling} Signaling */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../../../types/room").Commands} Commands */
/** @typedef {import("../../../types/room").LocalSource} LocalSource */
/** @typedef {import("../../../types/protocol").Check} Check */
/** @typedef {import("../../../types/protocol").DeviceReport} DeviceReport */
/** @typedef {"microphone" | "camera"} Captured */

const KEPT = "devices-wanted";
const JUST_NOW_MS = 600;
/** @type {Captured[]} */
const BOTH = ["microphone", "camera"];
/** @type {(Captured | "screen")[]} */
const ALL = ["microphone", "camera", "screen"];

/** Both devices as this person wants them; the wish outlives a reload, a caucus of the others ends it. */
export class Devices {
  #local;
  #store;
  #commands;
  #signaling;
  #reported = "";
  #heard = false;
  #wentOnAt = { microphone: -JUST_NOW_MS, camera: -JUST_NOW_MS };

  /** @param {{local: LocalMedia, store: Store, commands: Commands, signaling: Signaling}} parts */
  constructor({ local, store, commands, signaling }) {
    this.#local = local;
    this.#store = store;
    this.#commands = commands;
    this.#signaling = signaling;
    local.addEventListener("change", () => store.update({ local: { ...local.sources } }));
    local.addEventListener("ended", (event) => void this.#gone(/** @type {CustomEvent} */ (event).detail));
    store.addEventListener("change", () => void this.#report());
  }

  /** Opens both while the page is still connecting: the question for permission and the warming up cost no time later. */
  prepare() {
    return Promise.all(BOTH.map((source) => this.#local.open(source)));
  }

  /** @param {"silence" | "return" | "enter" | "unshare" | "hush"} act */
  at(act) {
    if (act === "enter") for (const source of BOTH) if (wanted()[source]) void this.#switchOn(source);
    if (act === "silence") this.#silence(ALL);
    if (act === "hush") this.#hush();
    if (act === "unshare") this.#silence(["screen"]);
    else this.#store.update({ comeBack: act === "return" });
  }

  /** Out of the caucus the server brings everybody muted; the page follows and says so. */
  #hush() {
    const hushed = this.#local.sources.microphone.on;
    this.#silence(["microphone", "screen"]);
    this.#store.update({ hushed });
  }

  /** After the others' caucus, when the person says so. */
  comeBack() {
    this.#store.update({ comeBack: false });
    for (const source of BOTH) void this.#switchOn(source);
  }

  /** @param {Captured} source the person presses the control; what they want is remembered */
  async toggle(source) {
    // Pressed "on" in the very moment it went on by itself: they have what they wanted.
    if (this.#local.sources[source].on && performance.now() < this.#wentOnAt[source] + JUST_NOW_MS) return;
    await this.#commands.toggle(source);
    remember(source, this.#local.sources[source].on);
    this.#store.update({ mutedBy: null, comeBack: false, hushed: false });
  }

  /** After a reconnection the server holds everything for off. */
  tell() {
    const { microphone, camera, screen } = this.#local.sources;
    const on = { microphone: microphone.on, camera: camera.on, screen: screen.on };
    if (on.microphone || on.camera || on.screen) void this.#ask("devices", on);
  }

  /**
   * After a moment without signalling: what was switched off for us meanwhile is off here too.
   * @param {import("../../../types/room").RoomView} view
   */
  obey(view) {
    const own = view.people.find((person) => person.you);
    for (const source of ALL) {
      if (this.#local.sources[source].on && own && !own[source]) this.#local.switchOff(source);
    }
  }

  /** Once more, after permission has been given or the plug is in. */
  async retry() {
    await this.prepare();
    const place = this.#store.model.view?.place;
    if (place === "main") this.at("enter");
  }

  /** @param {Captured} source another device was picked */
  async renew(source) {
    await this.#local.renew(source);
  }

  /** The person has tried the test sound. */
  heard() {
    this.#heard = true;
    void this.#report();
  }

  /** @param {(Captured | "screen")[]} sources off at once, and the server told, so that nobody is shown as heard who is not */
  #silence(sources) {
    const on = sources.filter((source) => this.#local.sources[source].on);
    for (const source of sources) this.#local.switchOff(source);
    if (on.length > 0) void this.#ask("devices", Object.fromEntries(on.map((source) => [source, false])));
  }

  /** @param {Captured} source */
  async #switchOn(source) {
    try {
      if (this.#local.sources[source].on) return;
      await this.#commands.toggle(source);
      this.#wentOnAt[source] = performance.now();
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // locked or missing: the seat and the notice say so
    }
  }

  /** @param {Captured | "screen"} source it was unplugged, or sharing was stopped from the browser's own bar */
  async #gone(source) {
    await this.#ask("devices", { [source]: false });
    if (source !== "screen" && this.#store.model.view?.place === "main") await this.#switchOn(source);
  }

  /** In the lobby the mediator is told what works. */
  async #report() {
    const { view, link, local, silent } = this.#store.model;
    if (view?.place !== "lobby" || link.state !== "up") return;
    /** @type {DeviceReport} */
    const report = {
      camera: checkOf(local.camera),
      microphone: checkOf(local.microphone, silent),
      speaker: this.#heard ? "ok" : "unknown",
      network: "ok",
    };
    const written = JSON.stringify(report);
    if (written === this.#reported) return;
    this.#reported = written;
    await this.#ask("device_report", report);
  }

  /** @param {string} event @param {object} payload what is only told may fail: the next reconnection tells it again */
  async #ask(event, payload) {
    try {
      await this.#signaling.ask(event, payload);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

/** @param {LocalSource} source @param {boolean} silent @returns {Check} */
function checkOf(source, silent = false) {
  if (source.fault || silent) return "problem";
  return source.track ? "ok" : "unknown";
}

/** @returns {Record<Captured, boolean>} */
function wanted() {
  try {
    return { microphone: true, camera: true, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return { microphone: true, camera: true };
  }
}

/** @param {Captured} source @param {boolean} on */
function remember(source, on) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...wanted(), [source]: on }));
  } catch {
    // Private windows refuse to store; after a reload both are simply wanted.
  }
}
