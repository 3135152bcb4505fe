/**
 * The conversation with the server over Socket.IO (signaling/PROTOCOL.md): connects, comes back, asks and is told.
 * Knows no DOM and nothing of what a room looks like.
 */
import { io } from "../vendor/socket.io.esm.min.js";

/** @typedef {import("../../types/protocol").HelloAnswer} HelloAnswer */
/** @typedef {import("../../types/room").Problem} Problem */

const ANSWER_MS = 8000;
const RETRY_MS = 200;
const RETRY_MAX_MS = 2000;
const SAME_SEAT_PATIENCE_MS = 8000;
const PUSHED = [
  "room",
  "offer",
  "chat",
  "speaking",
  "quality",
  "muted",
  "taken_over",
  "removed",
  "ended",
  "sync",
];

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
 * `lost` (attempt number) when the line is down, `refused` (Problem) when the server will not have us.
 */
export class Signaling extends EventTarget {
  /** @type {import("../vendor/socket.io.esm.min.js").Socket} */
  #socket;
  #seated = false;
  #over = false;
  #connectedAt = 0;
  /** @type {{name: string, detail: unknown}[] | null} what came before the page was ready for it */
  #held = [];
  /** @type {Map<string, (detail: any) => void>} */
  #early = new Map();

  /** @param {string} seat the participant this page sits for */
  constructor(seat) {
    super();
    this.#socket = io({
      path: "/socket.io/",
      transports: ["websocket"],
      auth: { seat },
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: RETRY_MAX_MS,
      randomizationFactor: 0.2,
      timeout: 4000,
      autoConnect: false,
    });
    this.#socket.on("connect", () => this.#onConnect());
    this.#socket.on("disconnect", (/** @type {string} */ reason) => this.#onDisconnect(reason));
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.io.on("reconnect_attempt", (attempt) => this.#tell("lost", attempt));
    for (const name of PUSHED) this.#socket.on(name, (payload) => this.#tell(name, payload));
  }

  /**
   * One listener that does not wait for the page.
   * @param {string} name @param {(detail: any) => void} take
   */
  early(name, take) {
    this.#early.set(name, take);
  }

  /** The page listens now: it is told what it has missed, in order. */
  listened() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { name, detail } of held) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  connect() {
    this.#over = false;
    this.#socket.connect();
  }

  /** Ends for good; nothing reconnects after it. */
  close() {
    this.#over = true;
    this.#socket.disconnect();
  }

  /**
   * Takes the seat; tells `welcome` or `refused`.
   * @param {boolean} takeOver from another device, if it is in use there
   */
  async hello(takeOver) {
    try {
      /** @type {HelloAnswer} */
      const answer = await this.ask("hello", { take_over: takeOver });
      this.#seated = true;
      this.#tell("welcome", answer);
    } catch (error) {
      this.#onHelloRefused(error);
    }
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

  /** @param {string} event @param {object} payload */
  async #answer(event, payload) {
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck(event, payload);
    } catch {
      throw refusal(this.#socket.connected ? "timeout" : "offline");
    }
  }

  #onConnect() {
    this.#connectedAt = Date.now();
    void this.hello(false);
  }

  /** @param {unknown} error */
  #onHelloRefused(error) {
    const problem = error instanceof Refused ? error.problem : refusal("failed").problem;
    if (problem.code === "offline" || this.#over) return;
    if (problem.code === "timeout") return void this.hello(false);
    // Our own dead connection may still hold the seat: the server finds out within its ping time.
    if (
      problem.code === "seat_taken" &&
      this.#seated &&
      Date.now() - this.#connectedAt < SAME_SEAT_PATIENCE_MS
    ) {
      setTimeout(() => void this.hello(false), RETRY_MAX_MS / 2);
      return;
    }
    this.#tell("refused", problem);
  }

  /** @param {string} reason */
  #onDisconnect(reason) {
    if (this.#over) return;
    this.#tell("lost", 0);
    // Socket.IO does not come back by itself when the server closed the connection, as it does when it stops.
    if (reason === "io server disconnect") setTimeout(() => this.#over || this.#socket.connect(), RETRY_MS);
  }

  /** @param {import("../vendor/socket.io.esm.min.js").SocketError} error */
  #onConnectError(error) {
    if (this.#socket.active || this.#over) return; // no network: it tries again by itself
    const code = error.data?.code ?? "refused";
    if (code === "unavailable" || code === "too_many") {
      this.#tell("lost", 1);
      setTimeout(() => this.#over || this.#socket.connect(), RETRY_MAX_MS);
      return;
    }
    this.#tell("refused", { code, message: error.data?.message ?? "", field: null });
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.#early.get(name)?.(detail);
    if (this.#held) this.#held.push({ name, detail });
    else this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
