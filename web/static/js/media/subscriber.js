/**
 * What this person receives: one RTCPeerConnection that the server offers and we answer.
 * Knows no signalling beyond the function it is given, and no DOM.
 */
import { associationOf } from "./association.js";
import { Watch } from "./watch.js";

/** @typedef {import("../../../types/protocol").OfferMessage} OfferMessage */
/** @typedef {import("../../../types/room").RemoteTrack} RemoteTrack */

/**
 * Events: `tracks` (RemoteTrack[], all of them) after each offer; `silent` and `restart` as the connection's watch says,
 * `failed` when the connection is beyond repair.
 */
export class Subscriber extends EventTarget {
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {Watch | null} */
  #watch = null;
  #association = "";
  #revision = -1;
  /** @type {OfferMessage["tracks"]} */
  #named = {};
  #iceServers;
  #answer;
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {(answer: {revision: number, sdp: string}) => Promise<unknown>} answer sends `subscribed`
   */
  constructor(iceServers, answer) {
    super();
    this.#iceServers = iceServers;
    this.#answer = answer;
  }

  /**
   * Answers an offer; offers are taken one after the other. A new transport starts a new connection, and the
   * former one goes on until its successor has been answered, so nothing is heard of the change.
   * @param {OfferMessage} offer
   */
  take(offer) {
    this.#turn = this.#turn.then(() => this.#take(offer)).catch(() => this.#fail());
    return this.#turn;
  }

  /** When every offer that has come so far has been answered. */
  get settled() {
    return this.#turn;
  }

  /** Pictures prepared at the door that are nobody's yet. */
  get spare() {
    const named = this.#named;
    return (this.#pc?.getTransceivers() ?? [])
      .filter(({ mid, receiver }) => mid !== null && !named[mid] && receiver.track.kind === "video")
      .map(({ receiver }) => receiver.track);
  }

  /** The network has changed. */
  nudge() {
    this.#watch?.nudge();
  }

  /** @param {RTCIceServer[]} iceServers from now on, also for the next restart */
  use(iceServers) {
    if (JSON.stringify(iceServers) === JSON.stringify(this.#iceServers)) return;
    this.#iceServers = iceServers;
    this.#pc?.setConfiguration({ ...this.#pc.getConfiguration(), iceServers });
  }

  close() {
    this.#watch?.close();
    this.#pc?.close();
    this.#pc = null;
    this.#association = "";
    this.#tell([]);
  }

  /** @param {OfferMessage} offer */
  async #take(offer) {
    const former = this.#renewed(offer);
    const pc = this.#pc;
    if (!pc) return;
    if (offer.revision === this.#revision) return this.#tell(this.#tracks(pc, offer.tracks)); // prepared: only named now
    await pc.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    await pc.setLocalDescription();
    this.#revision = offer.revision;
    this.#tell(this.#tracks(pc, offer.tracks));
    former?.close();
    await this.#answer({ revision: offer.revision, sdp: pc.localDescription?.sdp ?? "" });
  }

  /** @param {OfferMessage} offer @returns {RTCPeerConnection | null} the connection this offer replaces */
  #renewed(offer) {
    const association = associationOf(offer.sdp);
    if (this.#pc && association === this.#association) return null;
    const former = this.#pc;
    const pc = new RTCPeerConnection({ iceServers: this.#iceServers, bundlePolicy: "max-bundle" });
    this.#watch?.close();
    this.#watch = new Watch(pc);
    for (const name of ["silent", "restart", "failed"]) {
      this.#watch.addEventListener(name, () => this.dispatchEvent(new Event(name)));
    }
    this.#pc = pc;
    this.#association = association;
    this.#revision = -1;
    return former;
  }

  /** @param {RTCPeerConnection} pc @param {OfferMessage["tracks"]} named @returns {RemoteTrack[]} */
  #tracks(pc, named) {
    this.#named = named;
    return pc.getTransceivers().flatMap((transceiver) => {
      const whose = transceiver.mid === null ? undefined : named[transceiver.mid];
      const flows =
        transceiver.currentDirection === "recvonly" || transceiver.currentDirection === "sendrecv";
      return whose && flows
        ? [{ ...whose, track: transceiver.receiver.track, receiver: transceiver.receiver }]
        : [];
    });
  }

  /** @param {RemoteTrack[]} tracks */
  #tell(tracks) {
    this.dispatchEvent(new CustomEvent("tracks", { detail: tracks }));
  }

  #fail() {
    this.dispatchEvent(new Event("failed"));
  }
}
