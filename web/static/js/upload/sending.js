/** Sends one file in pieces and goes on after a lost line from where the server says it is. Knows no page. */

/** @typedef {{announce: string, pieces: string}} Paths where a file is announced, and where its pieces go */
/** @typedef {{upload: string, offset: number, bytes: number, chunk?: number, done?: boolean}} Told */

const WAITS_MS = [500, 1000, 2000, 4000, 8000, 8000];
const PIECE = 1 << 20;

/** The server will not have this file: `message` says why, in the language of the page. */
export class NotTaken extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The line stayed away; the same file can be sent again, and goes on where it was. */
export class LineLost extends Error {}

export class Sending {
  #file;
  #paths;
  #tell;
  /** @type {Told | null} what the server last said of this file */
  #told = null;

  /** @param {File} file @param {Paths} paths @param {(sent: number) => void} tell bytes that have arrived */
  constructor(file, paths, tell) {
    this.#file = file;
    this.#paths = paths;
    this.#tell = tell;
  }

  /** Sends what is still missing. Throws `NotTaken` or, after half a minute without a line, `LineLost`. */
  async send() {
    let [done, lost] = [false, 0];
    while (!done) {
      try {
        done = (lost > 0 && !(await this.#look())) || (await this.#next());
        lost = 0;
      } catch (error) {
        await pause(error, lost++);
      }
    }
  }

  /** @returns {Promise<boolean>} whether that was the last piece */
  async #next() {
    const told = this.#told ?? (await this.#announce());
    const piece = this.#file.slice(told.offset, told.offset + (told.chunk ?? PIECE));
    const path = `${this.#paths.pieces}/${told.upload}?offset=${told.offset}`;
    const answer = await ask(path, { method: "PUT", body: piece });
    this.#told = { ...told, offset: answer.offset };
    this.#tell(answer.offset);
    return answer.done === true;
  }

  async #announce() {
    const body = new URLSearchParams({ name: this.#file.name, bytes: String(this.#file.size) });
    this.#told = await ask(this.#paths.announce, { method: "POST", body });
    return this.#told;
  }

  /** @returns {Promise<boolean>} whether anything is missing; a file the server no longer waits for has come whole */
  async #look() {
    const told = this.#told;
    if (!told) return true;
    try {
      const { offset } = await ask(`${this.#paths.pieces}/${told.upload}`, { method: "GET" });
      this.#told = { ...told, offset };
      return true;
    } catch (error) {
      if (error instanceof NotTaken && error.code === "not_found") return false;
      throw error;
    }
  }
}

/** @param {unknown} error what broke: a refusal is final @param {number} lost how often it has broken */
async function pause(error, lost) {
  if (error instanceof NotTaken && error.code !== "upload_offset") throw error;
  const wait = WAITS_MS[lost];
  if (wait === undefined) throw new LineLost();
  await new Promise((done) => setTimeout(done, wait));
}

/** @param {string} path @param {RequestInit} init @returns {Promise<Told>} */
async function ask(path, init) {
  const response = await fetch(path, { ...init, headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new NotTaken(String(answer.error), String(answer.message));
  return answer;
}
