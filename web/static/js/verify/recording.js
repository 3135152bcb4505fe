/** Is this recording what was recorded? Log, manifest, evidence, files, receipt and time stamps of one directory. */
import { canonical, hex, sha256 } from "./bytes.js";
import { againstLog, gapsIn, KNOWN, NONE, outside, Replay, signs } from "./evidence.js";
import { fileFindings } from "./held.js";
import { noticesIn } from "./notices.js";
import { asManifest, broken, firstUnendorsed, gapText, isWithheld, objectIn, unreadable } from "./reading.js";
import { second } from "./spans.js";
import { stampFindings } from "./stamps.js";

/** @typedef {import("./evidence.js").Finding} Finding */
/** @typedef {import("./evidence.js").Entry} Entry */
/** @typedef {{arrayBuffer: () => Promise<ArrayBuffer>}} Readable */
/** @typedef {{findings: Finding[], notices: Finding[], manifest: Entry | null, integrity: string, authorities: string[], stamped: Date[], checkpoints: number}} Verdict */

const TOLERANCE_MS = 100;

/** @param {Map<string, Readable>} files by name @param {string} receipt what a party's receipt shows, or "" @returns {Promise<Verdict>} */
export async function verify(files, receipt = "", told = (/** @type {string} */ _file) => {}) {
  const check = new Check(files);
  await check.all(receipt.trim().toLowerCase(), told);
  return check.verdict();
}

/** @param {Entry} track @returns {{codec: string, segment: Entry}[]} */
const filesIn = ({ codec, segments }) => segments.map((/** @type {Entry} */ segment) => ({ codec, segment }));

class Check {
  /** @type {Finding[]} */ findings = [];
  /** @type {Entry[]} */ events = [];
  /** @type {Entry | null} */ manifest = null;
  integrity = "";
  replay = new Replay();
  /** @type {Set<string>} */ authorities = new Set();
  /** @type {Date[]} */ stamped = [];

  /** @param {Map<string, Readable>} files */
  constructor(files) {
    this.files = files;
  }

  /** @returns {Verdict} */
  verdict() {
    const { findings, manifest, integrity, stamped, replay } = this;
    return {
      findings,
      notices: noticesIn(this.events),
      manifest,
      integrity,
      stamped,
      authorities: [...this.authorities],
      checkpoints: replay.checkpoints.length,
    };
  }

  /** @param {string} receipt @param {(file: string) => void} told */
  async all(receipt, told) {
    await this.#log();
    const data = await this.#bytes("manifest.json");
    if (data === null) return this.#find("manifest_missing", "manifest.json");
    this.integrity = hex(sha256(data));
    const manifest = asManifest(data);
    if (manifest === null) return this.#find("manifest_unreadable", "manifest.json");
    this.manifest = manifest;
    this.#sealed(manifest);
    this.#times(manifest);
    await this.#keys(manifest);
    const keys = new Map((manifest.keys ?? []).map((/** @type {Entry} */ each) => [each.id, each.public]));
    if (manifest.evidence) await this.#evidence(manifest, keys);
    await this.#media(manifest, told);
    if (!manifest.evidence) return;
    await this.#receipt(manifest, keys, receipt);
    await this.#stamps(manifest);
  }

  /** @param {string} code @param {string} where */
  #find(code, where) {
    this.findings.push({ code, where });
  }

  /** @param {string} name */
  async #bytes(name) {
    const file = this.files.get(name);
    return file === undefined ? null : new Uint8Array(await file.arrayBuffer());
  }

  /** @param {string} name */
  async #json(name) {
    const data = await this.#bytes(name);
    return data === null ? null : objectIn(data);
  }

  async #log() {
    const said = await this.#json("log.json");
    if (said === null || !Array.isArray(said.events)) return this.#find("log_missing", "log.json");
    this.events = said.events;
    let [previous, expected] = [NONE, 1];
    for (const event of this.events) {
      const reason = broken(event, previous, expected);
      if (reason)
        return this.#find(
          "chain_broken",
          `event ${reason === "missing_entry" ? expected : event.seq}, ${reason}`,
        );
      previous = event.hash;
      expected += 1;
    }
  }

  /** @param {Entry} manifest */
  #sealed(manifest) {
    const { session, recording, log } = manifest;
    const seals = this.events.filter(
      (each) => each.kind === "recording_sealed" && each.payload.recording === recording,
    );
    if (seals.length === 0) this.#find("seal_event_missing", recording);
    const root = manifest.evidence?.root;
    for (const { seq, payload } of seals)
      if (payload.manifest_sha256 !== this.integrity || payload.root !== root)
        this.#find("seal_event_differs", `event ${seq}`);
    if (this.events.some((each) => !isWithheld(each) && each.session_id !== session))
      this.#find("manifest_identity", `${session}/${recording}`);
    if (!this.events.some((each) => each.seq === log.seq && each.hash === log.hash))
      this.#find("log_head", `event ${log.seq} is not what was sealed`);
  }

  /** @param {Entry} manifest */
  #times({ total_ms: total, recorded_ms: recorded, gaps, recording }) {
    const missing = gaps.reduce(
      (/** @type {number} */ sum, /** @type {Entry} */ each) =>
        sum + Math.min(each.to_ms, total) - each.from_ms,
      0,
    );
    const sorted = [...gaps].sort((a, b) => a.from_ms - b.from_ms);
    const apart = sorted.every((each, n) => n === 0 || sorted[n - 1].to_ms <= each.from_ms);
    if (recorded + missing !== total || !apart)
      this.#find("gaps_do_not_add_up", `${recorded} + ${missing} of ${total} ms`);
    const ended = this.events.filter((each) => each.kind === "ended").at(-1);
    if (ended && Math.abs(ended.offset_ms - total) > TOLERANCE_MS)
      this.#find("length_differs", `log ${ended.offset_ms} ms, manifest ${total} ms`);
    const logged = new Set(
      this.events
        .filter(
          (each) => each.kind === "recording_gap" && (each.payload.recording ?? recording) === recording,
        )
        .map(({ payload }) => gapText(payload)),
    );
    for (const each of gaps)
      if (!logged.has(gapText(each)))
        this.#find("gap_not_logged", `${each.from_ms}..${each.to_ms} ms, ${each.reason}`);
  }

  /** @param {Entry} manifest */
  async #keys(manifest) {
    const said = await this.#json("keys.json");
    const published = new Set(
      (said?.keys ?? []).map((/** @type {Entry} */ each) => `${each.id} ${each.public}`),
    );
    for (const { id, public: key } of manifest.keys ?? [])
      if (published.size > 0 && !published.has(`${id} ${key}`)) this.#find("key_unknown", id);
  }

  /** @param {Entry} manifest @param {Map<string, string>} keys */
  async #evidence(manifest, keys) {
    const { evidence, total_ms: total } = manifest;
    const data = await this.#bytes(evidence.file);
    if (data === null) return this.#find("evidence_missing", evidence.file);
    const replay = this.replay;
    await replay.read(data, manifest.recording, keys);
    this.findings.push(...replay.findings);
    if (data.length !== evidence.bytes || hex(sha256(data)) !== evidence.sha256)
      this.#find("evidence_hash", evidence.file);
    const last = replay.checkpoints.at(-1);
    if (replay.tree.root() !== evidence.root || replay.tree.leaves !== evidence.leaves || !last)
      this.#find("root_differs", evidence.file);
    else if (last.n !== evidence.checkpoints || last.leaves !== evidence.leaves - 1)
      this.#find("unsigned_end", `after checkpoint ${last.n}, ${second(last.at_ms, total)}`);
    const unendorsed = await firstUnendorsed(manifest.keys);
    if (unendorsed) this.#find("key_unendorsed", unendorsed);
    const noted = new Map(gapsIn(replay.lines, total).map((each) => [String(each), each]));
    const named = new Map(
      manifest.gaps.map((/** @type {Entry} */ each) => [
        String([each.from_ms, each.to_ms, each.reason]),
        [each.from_ms, each.to_ms, each.reason],
      ]),
    );
    const differing = [...noted]
      .filter(([key]) => !named.has(key))
      .concat([...named].filter(([key]) => !noted.has(key)));
    for (const [, [from, to, reason]] of differing.sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]))
      this.#find("gap_differs", `${second(from, to)}, ${reason}`);
    this.findings.push(...outside(replay, manifest));
    this.findings.push(...againstLog(replay, this.events, total));
  }

  /** @param {Entry} manifest @param {(file: string) => void} told */
  async #media(manifest, told) {
    /** @type {{codec: string, segment: Entry}[]} */
    const all = manifest.tracks.flatMap(filesIn);
    for (const { codec, segment } of all) {
      told(segment.file);
      const slices = manifest.evidence ? (this.replay.slices.get(segment.file) ?? []) : null;
      this.findings.push(...(await fileFindings(segment, codec, await this.#bytes(segment.file), slices)));
    }
    this.#strays(manifest, new Set(all.map(({ segment }) => segment.file)));
  }

  /** Files that are missing without a word, or that nobody knows. @param {Entry} manifest @param {Set<string>} named */
  #strays(manifest, named) {
    for (const [file, slices] of this.replay.slices) {
      const [first, last] = [slices[0], slices.at(-1)];
      if (!named.has(file) && first && last && !unreadable(manifest, file))
        this.#find("file_missing", `${file}, ${second(first.from_ms, last.last_ms)}`);
    }
    const losses = new Set(Object.keys(manifest.losses));
    for (const name of [...this.files.keys()].sort())
      if (!named.has(name) && !KNOWN.has(name) && !losses.has(name)) this.#find("file_unknown", name);
  }

  /** @param {Entry} manifest @param {Map<string, string>} keys @param {string} shown */
  async #receipt({ evidence }, keys, shown) {
    if (shown && shown !== this.integrity && shown !== evidence.root)
      this.#find("receipt_shown_differs", shown);
    const data = await this.#bytes("receipt.json");
    if (data === null) return this.#find("receipt_missing", "receipt.json");
    const receipt = objectIn(data);
    const exact = receipt !== null && canonical(receipt) === new TextDecoder().decode(data);
    if (!exact || receipt?.format !== "mediation-receipt/1")
      return this.#find("receipt_unreadable", "receipt.json");
    if (receipt.manifest_sha256 !== this.integrity || receipt.root !== evidence.root)
      this.#find("receipt_differs", "receipt.json");
    const key = keys.get(receipt.key);
    if (key !== receipt.public || !(await signs(key ?? "", "mediation-receipt/1\n", receipt)))
      this.#find("receipt_signature", "receipt.json");
  }

  /** @param {Entry} manifest */
  async #stamps(manifest) {
    const later = (await this.#json("stamps.json"))?.stamps ?? [];
    const all = new Map(
      [...manifest.stamps, ...later].map((each) => [`${each.subject} ${each.token}`, each]),
    );
    const found = await stampFindings([...all.values()], this.replay.checkpoints, this.integrity);
    this.findings.push(...found.findings);
    this.authorities = found.authorities;
    this.stamped = found.stamped;
  }
}
