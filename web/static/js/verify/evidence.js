/** The evidence of a recording, read as it was written: leaves, checkpoints, slices, gaps, who could receive whom. */
import { canonical, hex, joined, sha256, unbase64, utf8 } from "./bytes.js";
import { signedBy } from "./ed25519.js";
import { isWider, ledgerOf, receiversOf, witnessed } from "./ledger.js";
import { second, whole, within } from "./spans.js";

/** @typedef {{code: string, where: string}} Finding */
/** @typedef {{file: string, from_ms: number, last_ms: number, frames: number, sha256: string}} Slice */
/** @typedef {{n: number, at_ms: number, wall: string, leaves: number, root: string, log: {seq: number, hash: string}, previous: string, digest: string}} Checkpoint */
/** @typedef {Record<string, any>} Entry a line as read; every field is checked where it is used */

export const NONE = "0".repeat(64); // what the first of a chain follows
const GRANT_EARLY_MS = 250;
const SETTLED_MS = 2000;

/** The Merkle tree of RFC 6962 §2.1, of which only the edge is kept. */
export class MerkleTree {
  leaves = 0;
  /** @type {{size: number, node: Uint8Array}[]} */
  #edge = [];

  /** @param {Uint8Array} line */
  add(line) {
    this.leaves += 1;
    let [size, node] = [1, sha256(joined([new Uint8Array([0]), line]))];
    for (let last = this.#edge.at(-1); last?.size === size; last = this.#edge.at(-1)) {
      this.#edge.pop();
      node = above(last.node, node);
      size *= 2;
    }
    this.#edge.push({ size, node });
  }

  root() {
    const [last, ...rest] = this.#edge.map((each) => each.node).reverse();
    return hex(
      last === undefined ? sha256(new Uint8Array()) : rest.reduce((node, left) => above(left, node), last),
    );
  }
}

/** @param {Uint8Array} left @param {Uint8Array} right */
const above = (left, right) => sha256(joined([new Uint8Array([1]), left, right]));

/** Everything an evidence file says, with all of it that does not hold. */
export class Replay {
  tree = new MerkleTree();
  /** @type {Finding[]} */ findings = [];
  /** @type {Checkpoint[]} */ checkpoints = [];
  /** @type {Map<string, Slice[]>} */ slices = new Map();
  /** @type {Entry[]} */ lines = [];
  /** Where a process had ended and the next one did not know yet whom to serve. @type {[number, number][]} */ away =
    [];
  #returning = false;
  #noted = 0;

  /** @param {Uint8Array} data @param {string} recording @param {Map<string, string>} keys id to public key, base64 */
  async read(data, recording, keys) {
    let from = 0;
    for (let end = data.indexOf(10, from); end >= 0; end = data.indexOf(10, from)) {
      const line = data.subarray(from, end);
      const entry = parsed(line);
      from = end + 1;
      this.#times(entry);
      if (entry.is === "checkpoint") {
        await this.#checkpoint(line, entry, recording, keys);
        this.tree.add(line);
        continue;
      }
      this.tree.add(line);
      if (!this.#slice(entry)) this.#find("evidence_unreadable", `line ${this.tree.leaves}`);
      if (entry.is !== "slice") this.lines.push(entry);
    }
  }

  /** Until when the process of the time lived, and since when the next has kept to an audience. @param {Entry} entry */
  #times(entry) {
    const at = whole(entry.at_ms);
    const last = this.away.at(-1);
    if (entry.is === "resumed") {
      this.away.push([this.#noted, at]);
      this.#returning = true;
    } else if (entry.is === "audience" && this.#returning && last !== undefined) {
      last[1] = at;
      this.#returning = false;
    }
    this.#noted = Math.max(this.#noted, at, whole(entry.last_ms));
  }

  /** @param {Entry} entry */
  #slice(entry) {
    const known = this.slices.get(entry.file) ?? [];
    if (entry.is === "slice") {
      const { file, from_ms, last_ms, frames, sha256: hash } = entry;
      if (![from_ms, last_ms, frames].every(Number.isInteger) || typeof hash !== "string") return false;
      known.push({ file, from_ms, last_ms, frames, sha256: hash });
      this.slices.set(file, known);
    } else if (entry.is === "cut") {
      if (!Number.isInteger(entry.kept)) return false;
      known.splice(entry.kept);
    }
    return true;
  }

  /** @param {Uint8Array} line @param {Entry} entry @param {string} recording @param {Map<string, string>} keys */
  async #checkpoint(line, entry, recording, keys) {
    const last = this.checkpoints.at(-1);
    const { n, at_ms, wall, leaves, root, log, previous } = entry;
    if (![n, at_ms, leaves, log?.seq].every(Number.isInteger)) {
      this.#find("evidence_unreadable", `checkpoint ${this.checkpoints.length + 1}`);
      return;
    }
    this.checkpoints.push({ n, at_ms, wall, leaves, root, log, previous, digest: hex(sha256(line)) });
    const where = `checkpoint ${n}, ${second(last?.at_ms ?? 0, at_ms)}`;
    const follows = n === (last?.n ?? 0) + 1 && previous === (last?.digest ?? NONE);
    if (!follows || entry.recording !== recording) this.#find("checkpoint_order", where);
    if (leaves !== this.tree.leaves || root !== this.tree.root()) this.#find("checkpoint_root", where);
    const key = keys.get(entry.key);
    if (key === undefined || !(await signs(key, "mediation-checkpoint/1\n", entry)))
      this.#find("checkpoint_signature", where);
  }

  /** @param {string} code @param {string} where */
  #find(code, where) {
    this.findings.push({ code, where });
  }
}

/** Whether a key signed a JSON object that carries the signature. @param {string} key base64 @param {string} prefix @param {Entry} entry */
export async function signs(key, prefix, entry) {
  const { signature, ...said } = entry;
  try {
    return await signedBy(unbase64(key), utf8(prefix + canonical(said)), unbase64(signature));
  } catch {
    return false;
  }
}

/** @param {Uint8Array} line @returns {Entry} */
function parsed(line) {
  try {
    const entry = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    return entry !== null && typeof entry === "object" && !Array.isArray(entry) ? entry : {};
  } catch {
    return {};
  }
}

/** The gaps the evidence has, as texts that compare. @param {Entry[]} lines @param {number} total */
export function gapsIn(lines, total) {
  /** @type {[number, number, string][]} */
  const found = [];
  for (const line of lines) {
    if (line.is === "gap") found.push([whole(line.from_ms), total, String(line.reason)]);
    const last = found.at(-1);
    if (line.is === "gap_end" && last !== undefined) last[1] = Math.min(total, whole(line.to_ms));
  }
  return found.filter(([since, end]) => end > since);
}

/** Slices where nothing may have been recorded. @param {Replay} replay @param {Entry} manifest @returns {Finding[]} */
export function outside(replay, manifest) {
  const ledger = ledgerOf(replay.lines, manifest.total_ms);
  const people = new Map(manifest.tracks.flatMap(filesOf));
  /** @type {Finding[]} */
  const found = [];
  for (const [file, slices] of replay.slices) {
    const who = people.get(file);
    const granted = ledger.filter((each) => (each.receivers[who] ?? []).includes("recorder"));
    for (const each of slices) {
      const where = `${file}, ${second(each.from_ms, each.last_ms)}`;
      if (manifest.gaps.some((/** @type {Entry} */ gap) => reachesInto(each, gap)))
        found.push({ code: "slice_in_gap", where });
      else if (ledger.length > 0 && who && !within(each, granted, GRANT_EARLY_MS))
        found.push({ code: "slice_not_granted", where });
    }
  }
  return found;
}

/** What checkpoints saw of the log, and the audience it names against what was kept to. @param {Replay} replay @param {Entry[]} events @param {number} total @returns {Finding[]} */
export function againstLog(replay, events, total) {
  const known = new Map(events.map((each) => [each.seq, each.hash]));
  const found = replay.checkpoints
    .filter(({ log }) => log.seq && known.get(log.seq) !== log.hash)
    .map(({ n, log }) => ({ code: "checkpoint_log", where: `checkpoint ${n}, event ${log.seq}` }));
  const ledger = ledgerOf(replay.lines, total);
  const changes = events.filter((each) => each.kind === "audience_changed");
  changes.forEach((change, n) => {
    const next = changes[n + 1]?.offset_ms ?? total;
    const first = Math.max(change.offset_ms, ledger[0]?.from_ms ?? total);
    const [start, end] = witnessed(first, next, replay.away);
    if (end - start <= SETTLED_MS) return;
    const middle = Math.floor((start + end) / 2);
    const kept = ledger.find((each) => each.from_ms <= middle && middle < each.to_ms)?.receivers ?? {};
    if (isWider(kept, receiversOf(change.payload)))
      found.push({ code: "audience_differs", where: `event ${change.seq}, ${second(start, end)}` });
  });
  return found;
}

/** @param {Entry} track @returns {[string, string][]} */
const filesOf = ({ segments, participant }) =>
  segments.map((/** @type {Entry} */ each) => [each.file, participant]);

/** @param {Slice} slice @param {Entry} gap */
function reachesInto(slice, gap) {
  if (gap.reason === "caucus" || gap.reason === "suspended")
    return gap.from_ms < slice.last_ms && slice.from_ms < gap.to_ms;
  return gap.from_ms < slice.from_ms && slice.last_ms < gap.to_ms;
}

/** Files of an export beside its media. */
export const KNOWN = new Set([
  "manifest.json",
  "evidence.jsonl",
  "receipt.json",
  "log.json",
  "keys.json",
  "stamps.json",
  "verify.html",
]);
