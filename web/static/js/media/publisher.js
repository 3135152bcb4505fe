/**
 * What this person sends: one RTCPeerConnection that we offer and the server answers.
 * Knows no signalling beyond the function it is given, and no DOM.
 */
import { associationOf } from "./association.js";
import { preferVideoCodecs, withOpusWishes, withRepairedSound, withSoundTwice } from "./codecs.js";
import { ENCODINGS, useful } from "./encodings.js";
import { Twice } from "./twice.js";
import { Watch } from "./watch.js";
import { Width } from "./width.js";

/** @typedef {import("../../../types/protocol").Source} Source */
/** @typedef {import("../../../types/protocol").QualityLevel} QualityLevel */
/** @typedef {{sdp: string, sources: Record<string, Source>}} Offer */

/** Of a camera that does not say how large its picture is. */
const USUAL_LINES = 720;
/** What stays when line or processor are short: of a face that it moves, of a document that it can be read. */
const WISHES = /** @type {const} */ ({
  camera: { hint: "motion", keeps: "balanced" },
  screen: { hint: "detail", keeps: "maintain-resolution" },
});

/**
 * Microphone and camera have their transceivers from the beginning, with or without a track, so switching one is
 * `replaceTrack` and never a negotiation. Events: `failed` when the connection is beyond repair.
 */
export class Publisher extends EventTarget {
  /** @type {RTCPeerConnection} */
  #pc;
  #association = "";
  #isPrepared = false;
  #ask;
  /** Camera and microphone are one stream, so that lips are kept in step with the voice; a screen is its own. */
  #streams = { person: new MediaStream(), screen: new MediaStream() };
  /** @type {Width} */
  #width;
  /** @type {Twice} */
  #twice;
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #transceivers = new Map();
  /** @type {QualityLevel | null} */
  #level = null;
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {(offer: Offer) => Promise<{sdp: string}>} ask sends `publish`
   */
  constructor(iceServers, ask) {
    super();
    this.#ask = ask;
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" });
    this.watch = new Watch(this.#pc);
    this.watch.addEventListener("failed", () => this.#fail());
    const voice = this.#add("microphone", "audio").sender;
    this.#width = new Width(voice);
    this.#width.addEventListener("change", () => void this.#wish("camera"));
    this.#twice = new Twice(voice, this.#width);
    this.#twice.addEventListener("change", () => void this.negotiate().catch(() => undefined));
    this.#add("camera", "video");
  }

  /** Makes the offer before anybody can be asked: what it costs is spent while the person still reads. */
  async prepare() {
    await this.#pc.setLocalDescription();
    this.#isPrepared = true;
  }

  /** Offers what there is; calls follow one another. */
  negotiate() {
    const turn = this.#turn.then(() => this.#negotiate());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Sends this track as that source, or nothing.
   * @param {Source} source @param {MediaStreamTrack | null} track
   */
  async send(source, track) {
    if (source === "screen" && track && !this.#transceivers.has("screen")) {
      this.#add("screen", "video");
      await this.#put(source, track);
      return this.negotiate();
    }
    return this.#put(source, track);
  }

  /**
   * Lets the picture give way first when the line is weak; the voice is never touched.
   * @param {QualityLevel | null} level
   */
  async adapt(level) {
    if (level === this.#level) return;
    this.#level = level;
    await this.#wish("camera");
  }

  /**
   * New paths for the same connection (RFC 8445 §9).
   * @param {RTCIceServer[]} iceServers
   */
  restart(iceServers) {
    this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers });
    this.#pc.restartIce();
    return this.negotiate();
  }

  close() {
    this.watch.close();
    this.#twice.close();
    this.#width.close();
    this.#pc.close();
  }

  /** @param {Source} source @param {"audio" | "video"} kind @returns {RTCRtpTransceiver} */
  #add(source, kind) {
    const transceiver = this.#pc.addTransceiver(kind, {
      direction: "sendonly",
      streams: [source === "screen" ? this.#streams.screen : this.#streams.person],
      sendEncodings: ENCODINGS[source],
    });
    if (kind === "video") preferVideoCodecs(transceiver);
    this.#transceivers.set(source, transceiver);
    return transceiver;
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  async #put(source, track) {
    const sender = this.#transceivers.get(source)?.sender;
    if (!sender || sender.track === track) return;
    const wish = source === "microphone" ? null : WISHES[source];
    if (track && wish) track.contentHint = wish.hint;
    await sender.replaceTrack(track);
    if (track && source !== "microphone") await this.#wish(source);
  }

  /** @param {"camera" | "screen"} source tells the browser what to keep when line or processor are short */
  async #wish(source) {
    const sender = this.#transceivers.get(source)?.sender;
    if (!sender) return;
    const parameters = sender.getParameters();
    const lines = sender.track?.getSettings().height ?? USUAL_LINES;
    const line = { level: this.#level, width: this.#width.state };
    if (source === "camera") parameters.encodings = useful(parameters.encodings, lines, line);
    try {
      await sender.setParameters({ ...parameters, degradationPreference: WISHES[source].keeps });
    } catch {
      // A browser that refuses a wish about quality still sends; nothing else depends on it.
    }
  }

  async #negotiate() {
    if (this.#pc.signalingState === "closed") return;
    if (!this.#isPrepared) await this.#pc.setLocalDescription();
    this.#isPrepared = false;
    const offered = withRepairedSound(this.#pc.localDescription?.sdp ?? "");
    const { sdp } = await this.#ask({ sdp: offered, sources: this.#sources() });
    if (this.#pc.connectionState === "closed") return;
    const association = associationOf(sdp);
    if (this.#association && association !== this.#association) return this.#fail(); // the server has forgotten us
    this.#association = association;
    const taken = withSoundTwice(withOpusWishes(sdp), this.#twice.needed);
    await this.#pc.setRemoteDescription({ type: "answer", sdp: taken });
  }

  /** @returns {Record<string, Source>} */
  #sources() {
    const named = [...this.#transceivers].filter(([, transceiver]) => transceiver.mid !== null);
    return Object.fromEntries(named.map(([source, transceiver]) => [transceiver.mid, source]));
  }

  #fail() {
    this.dispatchEvent(new Event("failed"));
  }
}
