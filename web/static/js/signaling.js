/**
 * The conversation with the server over Socket.IO (signaling/PROTOCOL.md): connects, comes back, asks and is told.
 * Knows no DOM and nothing of what a room looks like.
 */
import { io } from "../vendor/socket.io.esm.min.js";
import { Knocking } from "./knocking.js";

/** @typedef {import("../../types/protocol").HelloAnswer} HelloAnswer */
/** @typedef {import("../../types/room").Problem} Problem */

const ANSWER_MS = 8000;
const RETRY_MS = 200;
const RETRY_MAX_MS = 2000;
const CONNECTING_MS = 16_000; // a busy server is slow; whether there is one at all is found out by knocking
const CHECK_MS = 1500;
const SAME_SEAT_PATIENCE_MS = 8000;
const PUSHED =
  "room offer chat caption speaking quality missed repeat pointer muted renew taken_over removed ended sync".split(
    " ",
  );

/** A refused event; `code` is stable, `message` is in the person's language. */
export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** @param {string} code @param {string} [message] @returns {Refused} */
const refusal = (code, message = "") => new Refused({ code, message, field: null });

/**
 * Events: every one of `PUSHED` with its payload as `detail`, `welcome` (HelloAnswer) after each hello,
 * `lost` (attempt number) when the line is down, `refused` (Problem) when the server will not have us. While we wait at
 * the door nothing is told but, early, `door` when we stand there, and an `offer`: the page there has another way in.
 */
export class Signaling extends EventTarget {
  /** @type {import("../vendor/socket.io.esm.min.js").Socket} */
  #socket;
  #seated = false;
  #over = false;
  /** @type {{seat: string} | {link: string}} the seat this page sits for, or the link it may enter by */
  #who = { seat: "" };
  #connectedAt = 0;
  #knocking = new Knocking(() => this.#comeBack());
  #page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (each) => each.toString(36)).join("-");
  /** @type {{name: string, detail: unknown}[] | null} what came before the page was ready for it */
  #held = [];
  /** @type {Map<string, (detail: any) => void>} */
  #early = new Map();

  constructor() {
    super();
    this.#socket = io({
      path: "/socket.io/",
      transports: ["websocket"],
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: RETRY_MAX_MS,
      randomizationFactor: 0.2,
      timeout: CONNECTING_MS,
      autoConnect: false,
    });
    this.#socket.on("connect", () => this.#onConnect());
    this.#socket.on("disconnect", (/** @type {string} */ reason) => this.#onDisconnect(reason));
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.io.on("reconnect_attempt", (attempt) => this.#tell("lost", attempt));
    for (const name of PUSHED) this.#socket.on(name, (payload) => this.#tell(name, payload));
  }

  /** @param {string} name @param {(detail: any) => void} take the one listener that does not wait for the page */
  early(name, take) {
    this.#early.set(name, take);
  }

  /** The page listens now: it is told what it has missed, in order. */
  listened() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { name, detail } of held) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** A line to the door gives way to it. @param {string} seat the participant, whose cookie this browser has */
  connect(seat) {
    this.close();
    this.#open({ seat });
  }

  /** Waits at the door, so that entering is one message. @param {string} link the token of the invitation */
  knock(link) {
    this.#open({ link });
  }

  get isAtTheDoor() {
    return this.#socket.connected && "link" in this.#who;
  }

  /**
   * Comes in from the door and takes the seat; tells `welcome` or `refused` like `hello`.
   * @param {import("../../types/protocol").ClientEvents["enter"]} decisions
   * @returns {Promise<{seat: string, ticket: string, greeted: Promise<void>}>} the ticket buys the seat's cookie;
   * `greeted`: the server has said how it is in there
   * @throws {Refused} and is still at the door
   */
  async enter(decisions) {
    const entering = this.ask("enter", decisions);
    const greeting = this.ask("hello", { take_over: false, page: this.#page }); // right behind it: one is taken after the other
    greeting.catch(() => undefined); // refused with it
    const answer = await entering;
    this.#is({ seat: answer.seat });
    return { ...answer, greeted: this.#greeted(greeting) };
  }

  /** Ends for good; nothing reconnects after it. */
  close() {
    this.#over = true;
    this.#knocking.stop();
    this.#socket.disconnect();
  }

  /**
   * Takes the seat; tells `welcome` or `refused`.
   * @param {boolean} takeOver from another device, if it is in use there
   */
  hello(takeOver) {
    return this.#greeted(this.ask("hello", { take_over: takeOver, page: this.#page }));
  }

  /**
   * Sends one event and waits for its answer.
   * @param {string} event @param {object} payload
   * @returns {Promise<any>} the answer beside `ok`
   * @throws {Refused} `offline`, `timeout` or what the server says
   */
  async ask(event, payload = {}) {
    if (!this.#socket.connected) throw refusal("offline");
    const answer = await this.#answer(event, payload);
    if (!answer?.error) return answer;
    throw new Refused({ code: answer.error, message: answer.message ?? "", field: answer.field ?? null });
  }

  /** Finds out within a moment whether anybody still answers, and connects anew if not. */
  async check() {
    if (!this.#socket.connected) return;
    try {
      await this.#socket.timeout(CHECK_MS).emitWithAck("trickle", { direction: "down", candidate: "" });
    } catch {
      if (!this.#over) this.#reconnect();
    }
  }

  /** Somebody answers. A socket that stands already is about to be let in: cut off, it would stand at the end again. */
  #comeBack() {
    if (this.#socket.io.engine?.transport?.readyState !== "open") this.#reconnect();
  }

  #reconnect() {
    this.#socket.disconnect().connect();
  }

  /** @param {string} event @param {object} payload */
  async #answer(event, payload) {
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck(event, payload);
    } catch {
      throw refusal(this.#socket.connected ? "timeout" : "offline");
    }
  }

  /** @param {{seat: string} | {link: string}} who */
  #open(who) {
    this.#over = false;
    this.#is(who);
    this.#begin();
  }

  /** A connection that is not one of a row: where it leads nowhere, knocking finds out. */
  #begin() {
    this.#knocking.start(true);
    this.#socket.connect();
  }

  /** @param {{seat: string} | {link: string}} who also for every later connection */
  #is(who) {
    this.#who = who;
    this.#socket.auth = who;
  }

  /** @param {Promise<HelloAnswer>} greeting */
  async #greeted(greeting) {
    try {
      const answer = await greeting;
      this.#seated = true;
      this.#tell("welcome", answer);
    } catch (error) {
      this.#onHelloRefused(error);
    }
  }

  #onConnect() {
    this.#connectedAt = Date.now();
    this.#knocking.stop();
    if ("seat" in this.#who) void this.hello(false);
    else this.#early.get("door")?.(null);
  }

  /** @param {unknown} error */
  #onHelloRefused(error) {
    const problem = error instanceof Refused ? error.problem : refusal("failed").problem;
    if (problem.code === "offline" || this.#over) return;
    if (problem.code === "timeout") return void this.hello(false);
    // Our own dead connection may still hold the seat: the server finds out within its ping time.
    const ours = this.#seated && Date.now() - this.#connectedAt < SAME_SEAT_PATIENCE_MS;
    if (problem.code === "seat_taken" && ours)
      return void setTimeout(() => void this.hello(false), RETRY_MAX_MS / 2);
    this.#tell("refused", problem);
  }

  /** @param {string} reason */
  #onDisconnect(reason) {
    if (this.#over) return;
    this.#tell("lost", 0);
    this.#knocking.start();
    // Socket.IO does not come back by itself when the server closed the connection, as it does when it stops.
    if (reason === "io server disconnect") setTimeout(() => this.#over || this.#socket.connect(), RETRY_MS);
  }

  /** @param {import("../vendor/socket.io.esm.min.js").SocketError} error */
  #onConnectError(error) {
    if (this.#socket.active || this.#over) return; // no network: it tries again by itself
    this.#knocking.stop(); // somebody has answered
    const code = error.data?.code ?? "refused";
    if (code === "unavailable" || code === "too_many") {
      this.#tell("lost", 1);
      setTimeout(() => this.#over || this.#begin(), RETRY_MAX_MS);
      return;
    }
    this.#tell("refused", { code, message: error.data?.message ?? "", field: null });
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    if ("link" in this.#who && name !== "offer") return;
    this.#early.get(name)?.(detail);
    if ("link" in this.#who) return;
    if (this.#held) this.#held.push({ name, detail });
    else this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
