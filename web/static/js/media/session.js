/**
 * Keeps both media connections alive for as long as the page holds its seat: begins them, finds new paths for them, and
 * begins them anew when that fails or the server has dropped them. Knows the signalling only as the three questions it may ask, and no DOM.
 */
import { Patience } from "./patience.js";
import { Publisher } from "./publisher.js";
import { Subscriber } from "./subscriber.js";

/** @typedef {import("../../../types/protocol").OfferMessage} OfferMessage */
/** @typedef {import("../../../types/protocol").QualityLevel} QualityLevel */
/** @typedef {import("../../../types/protocol").Source} Source */
/** @typedef {import("./local.js").LocalMedia} LocalMedia */
/** @typedef {(event: string, payload: object) => Promise<any>} Ask */

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2000;
/** @type {Source[]} */
const SOURCES = ["microphone", "camera", "screen"];

/** Events: `tracks` (RemoteTrack[]) whenever what we receive changed; `silent` when a connection hears nothing more. */
export class MediaSession extends EventTarget {
  /** @type {import("../../../types/room").RemoteTrack[]} what we receive now */
  tracks = [];
  #ask;
  #seen;
  #local;
  /** @type {RTCIceServer[]} */
  #iceServers = [];
  /** @type {Publisher | null} */
  #publisher = null;
  /** @type {Publisher | null} made at the door */
  #ahead = null;
  /** @type {Subscriber | null} */
  #subscriber = null;
  #patience = new Patience(() => this.tracks);
  #allowed = false;
  #begun = false;
  #broken = false; // what was prepared has failed before it was needed
  #wait = { up: FIRST_WAIT_MS, down: FIRST_WAIT_MS };
  /** @type {Set<"up" | "down">} */
  #retrying = new Set();

  /** @param {LocalMedia} local @param {Ask} ask @param {() => Promise<void>} seen others are seen, or are not going to be */
  constructor(local, ask, seen) {
    super();
    this.#seen = seen;
    this.#ask = ask;
    this.#local = local;
    local.addEventListener("change", (event) => void this.#send(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * At the door: the server offers a connection with nothing on it, which finds its way before it is needed, and our own
   * offer is made. What fails is made after entering.
   */
  async prepare() {
    if (this.#begun) return;
    try {
      await this.#ask("resubscribe", {});
      if (this.#ahead) return;
      this.#ahead = this.#newPublisher([]);
      await this.#ahead.prepare();
    } catch {
      this.#ahead = null;
    }
  }

  /**
   * After each hello. `resumed`: our transports are still there, but what was offered meanwhile we have not heard.
   * Otherwise the server has dropped them: we publish anew; it offers anew by itself.
   * @param {RTCIceServer[]} iceServers @param {boolean} resumed
   */
  begin(iceServers, resumed = false) {
    this.#use(iceServers);
    this.#allowed = this.#begun = true;
    this.#patience.begin();
    this.#wait = { up: FIRST_WAIT_MS, down: FIRST_WAIT_MS };
    if (this.#broken) this.#again("down");
    this.#broken = false;
    if (resumed && this.#publisher && this.#subscriber) {
      void this.#resubscribe(true);
      return void this.#restart();
    }
    this.#subscriber ??= this.#newSubscriber();
    // To see comes before being seen: what came with the welcome is answered and shown first.
    void this.#subscriber.settled.then(() => this.#seen()).then(() => this.#publish());
  }

  /** The server has lost everything of the room and holds it anew: we send anew; it offers anew by itself. */
  renew() {
    this.#wait = { up: FIRST_WAIT_MS, down: FIRST_WAIT_MS };
    if (this.#allowed) void this.#publish();
  }

  /** This device has another network, or has slept. */
  moved() {
    this.#publisher?.watch.nudge();
    this.#subscriber?.nudge();
  }

  /** @param {OfferMessage} offer */
  take(offer) {
    this.#subscriber ??= this.#newSubscriber();
    void this.#subscriber.take(offer);
  }

  /** When every offer that has come so far has been answered. */
  get settled() {
    return this.#subscriber?.settled ?? Promise.resolve();
  }

  /** Pictures prepared at the door that are nobody's yet. */
  get spare() {
    return this.#subscriber?.spare ?? [];
  }

  /** @param {QualityLevel | null} level how our own line is */
  adapt(level) {
    void this.#publisher?.adapt(level);
  }

  /** The signalling is gone: try nothing until it is back. What still flows may flow. */
  pause() {
    this.#allowed = false;
  }

  close() {
    this.#allowed = false;
    this.#patience.close();
    for (const publisher of [this.#publisher, this.#ahead]) publisher?.close();
    this.#publisher = this.#ahead = null;
    this.#subscriber?.close();
    this.#subscriber = null;
  }

  async #publish() {
    const former = this.#publisher;
    const publisher = this.#madeAhead() ?? this.#newPublisher(this.#iceServers);
    this.#publisher = publisher;
    former?.close();
    try {
      await Promise.all(SOURCES.map((source) => this.#send(source)));
      await publisher.negotiate();
      this.#wait.up = FIRST_WAIT_MS;
    } catch {
      if (publisher === this.#publisher) this.#again("up");
    }
  }

  /** @returns {Publisher | null} the one made at the door, unless it knows no relays and there are some */
  #madeAhead() {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (this.#iceServers.length === 0) return ahead;
    ahead?.close();
    return null;
  }

  /** @param {RTCIceServer[]} iceServers @returns {Publisher} */
  #newPublisher(iceServers) {
    const publisher = new Publisher(iceServers, (offer) => this.#ask("publish", offer));
    publisher.addEventListener("failed", () => {
      if (publisher === this.#publisher) this.#again("up");
    });
    publisher.watch.addEventListener("restart", () => void this.#restart());
    publisher.watch.addEventListener("silent", () => this.dispatchEvent(new Event("silent")));
    return publisher;
  }

  /** New paths for what we send; its watch tries again when this is of no use, and gives up in the end. */
  async #restart() {
    try {
      await this.#renewRelays();
      if (this.#allowed) await this.#publisher?.restart(this.#iceServers);
    } catch {
      // No signalling now: after the next hello it begins anew.
    }
  }

  async #renewRelays() {
    if (this.#allowed && this.#iceServers.length > 0) this.#use((await this.#ask("relays", {})).ice_servers);
  }

  /** @param {RTCIceServer[]} iceServers */
  #use(iceServers) {
    this.#iceServers = iceServers;
    this.#subscriber?.use(iceServers);
  }

  /** @param {boolean} restart on the same connection if that is possible */
  async #resubscribe(restart) {
    try {
      if (restart) await this.#renewRelays();
      if (!this.#allowed) return;
      await this.#ask("resubscribe", { restart });
      this.#wait.down = FIRST_WAIT_MS;
    } catch {
      if (!restart) this.#again("down");
    }
  }

  /** @returns {Subscriber} */
  #newSubscriber() {
    const subscriber = new Subscriber(this.#iceServers, (answer) => this.#ask("subscribed", answer));
    subscriber.addEventListener("tracks", (event) => {
      this.tracks = /** @type {CustomEvent} */ (event).detail;
      this.dispatchEvent(new CustomEvent("tracks", { detail: this.tracks }));
    });
    subscriber.addEventListener("restart", () => void this.#resubscribe(true));
    subscriber.addEventListener("silent", () => this.dispatchEvent(new Event("silent")));
    subscriber.addEventListener("failed", () => {
      if (subscriber !== this.#subscriber) return;
      if (this.#begun) this.#again("down");
      else this.#broken = true;
    });
    return subscriber;
  }

  /** @param {Source} source */
  async #send(source) {
    const { on, track } = this.#local.sources[source];
    const muted = source === "microphone" && track?.enabled === false; // stays attached, so that unmuting is instant
    await this.#publisher?.send(source, on || muted ? track : null);
  }

  /** @param {"up" | "down"} direction tries again after a wait that grows */
  #again(direction) {
    if (!this.#allowed || this.#retrying.has(direction)) return;
    this.#retrying.add(direction);
    const wait = this.#wait[direction];
    this.#wait[direction] = Math.min(wait * 2, LONGEST_WAIT_MS);
    setTimeout(() => {
      this.#retrying.delete(direction);
      if (this.#allowed) void (direction === "up" ? this.#publish() : this.#resubscribe(false));
    }, wait);
  }
}
