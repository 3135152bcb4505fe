/**
 * What this browser could receive of others in the last second: usable sound, moving pictures.
 * Knows no DOM and no sockets; whoever asks decides what is wanted and tells the server.
 */

/** @typedef {import("../../../types/room").RemoteTrack} RemoteTrack */
/** @typedef {import("../../../types/protocol").Sound} Sound */
/** @typedef {{packets: number, samples: number, lost: number, frames: number}} Counts */

const LOOK_MS = 1000;
const MOST = 50;
/** Shares are told in quarters: a line that trembles is not worth a message a second. */
const STEPS = 4;
/** A track that is new counts from nothing, so that a connection made again and again hears nothing either. */
const NOTHING = { packets: 0, samples: 0, lost: 0, frames: 0 };

/** Events: `change` (Sound[]) when it is not what was told last; at most one a second. */
export class Hearing extends EventTarget {
  /** @type {Map<string, Counts>} by track */
  #before = new Map();
  #told = "";
  #timer = 0;
  #tracks;
  #wanted;
  #blocked;

  /**
   * @param {{tracks: () => RemoteTrack[], wanted: () => Set<string>, blocked: () => boolean}} parts what is received now,
   *   whose pictures are looked at, and whether the browser plays no sound at all
   */
  constructor({ tracks, wanted, blocked }) {
    super();
    this.#tracks = tracks;
    this.#wanted = wanted;
    this.#blocked = blocked;
  }

  begin() {
    this.#timer ||= setInterval(() => void this.#look(), LOOK_MS);
  }

  /** The server has forgotten: everything is said anew. */
  again() {
    this.#told = "";
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  async #look() {
    const now = /** @type {Map<string, Counts>} */ (new Map());
    const tracks = this.#tracks();
    await Promise.all(
      tracks.map(async ({ track, receiver }) => {
        const counts = await countsOf(receiver).catch(() => null); // a connection that was just closed
        if (counts) now.set(track.id, counts);
      }),
    );
    const before = this.#before;
    this.#before = now;
    this.#tell(this.#heard(tracks, before, now));
  }

  /** @param {RemoteTrack[]} tracks @param {Map<string, Counts>} before @param {Map<string, Counts>} now @returns {Sound[]} */
  #heard(tracks, before, now) {
    const moved = new Map(
      tracks
        .filter((each) => each.source === "camera" && this.#wanted().has(each.participant))
        .flatMap(({ participant, track }) => {
          const [then, after] = [before.get(track.id), now.get(track.id)];
          return then && after ? [[participant, after.frames > then.frames]] : [];
        }),
    );
    return tracks
      .filter((each) => each.source === "microphone" && now.has(each.track.id))
      .slice(0, MOST)
      .map(({ participant, track }) => {
        const usable = this.#blocked()
          ? 0
          : usableOf(before.get(track.id) ?? NOTHING, now.get(track.id) ?? NOTHING);
        return { participant, usable, moved: moved.get(participant) ?? null };
      });
  }

  /** @param {Sound[]} people */
  #tell(people) {
    const now = JSON.stringify(people);
    if (now === this.#told) return;
    this.#told = now;
    this.dispatchEvent(new CustomEvent("change", { detail: people }));
  }
}

/** @param {RTCRtpReceiver} receiver @returns {Promise<Counts | null>} */
async function countsOf(receiver) {
  for (const found of (await receiver.getStats()).values()) {
    if (found.type !== "inbound-rtp") continue;
    return {
      packets: found.packetsReceived ?? 0,
      samples: found.totalSamplesReceived ?? 0,
      // What was invented and could be heard; an invented silence is one that nobody misses.
      lost: (found.concealedSamples ?? 0) - (found.silentConcealedSamples ?? 0),
      frames: found.framesDecoded ?? 0,
    };
  }
  return null;
}

/** @param {Counts} then @param {Counts} now @returns {number} 0..1; 0 when nothing came */
function usableOf(then, now) {
  if (now.packets === then.packets) return 0;
  const samples = now.samples - then.samples;
  const lost = Math.max(0, now.lost - then.lost);
  return samples > 0 ? Math.round((1 - Math.min(1, lost / samples)) * STEPS) / STEPS : 1;
}
