/** Pictures and voices of others: puts tracks into media elements and takes them out again. Knows no sockets. */

import { picked } from "../media/devices.js";
import { takePlace } from "./ready-pictures.js";

/** @typedef {import("../../../types/room").RemoteTrack} RemoteTrack */

/**
 * Shows a track, or nothing at all: an element that keeps the last frame would show what may no longer be seen.
 * @param {HTMLVideoElement} place may give way to an element that plays this track already
 * @param {MediaStreamTrack | null} track
 */
export function showTrack(place, track) {
  const video = track ? takePlace(place, track) : place;
  const stream = video.srcObject;
  const current = stream instanceof MediaStream ? (stream.getTracks()[0] ?? null) : null;
  if (current !== track) {
    video.srcObject = track ? new MediaStream([track]) : null;
    if (!track) video.load();
  }
  if (video.hidden === Boolean(track)) video.hidden = !track;
  // An element that was moved in the page stands still until it is told to go on.
  if (track && video.paused) void video.play().catch(() => undefined);
}

/** One <audio> for each voice. Calls `onBlocked` when the browser wants a touch before it makes a sound. */
export class Voices {
  #root;
  #onBlocked;
  /** @type {Map<string, HTMLAudioElement>} */
  #elements = new Map();

  /** @param {HTMLElement} root @param {(blocked: boolean) => void} onBlocked */
  constructor(root, onBlocked) {
    this.#root = root;
    this.#onBlocked = onBlocked;
  }

  /** @param {RemoteTrack[]} tracks those that may be heard now; all others fall silent and leave the page */
  render(tracks) {
    const wanted = new Map(
      tracks.filter(({ source }) => source === "microphone").map((each) => [each.participant, each]),
    );
    for (const [participant, element] of this.#elements) {
      if (wanted.has(participant)) continue;
      element.srcObject = null;
      element.remove();
      this.#elements.delete(participant);
    }
    for (const { participant, track } of wanted.values()) this.#hear(participant, track);
  }

  /** After the person touched the page. */
  async unblock() {
    await Promise.allSettled([...this.#elements.values()].map((element) => element.play()));
    this.#onBlocked([...this.#elements.values()].some((element) => element.paused));
  }

  /** The picked loudspeaker, where the browser lets one choose. */
  route() {
    const speaker = picked().speaker;
    for (const element of this.#elements.values())
      if (speaker) void element.setSinkId?.(speaker).catch(() => undefined);
  }

  /** @param {string} participant @param {MediaStreamTrack} track */
  #hear(participant, track) {
    const element = this.#elements.get(participant) ?? this.#make(participant);
    const stream = element.srcObject;
    if (stream instanceof MediaStream && stream.getTracks()[0] === track) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#onBlocked(true);
    });
  }

  /** @param {string} participant */
  #make(participant) {
    const element = document.createElement("audio");
    element.autoplay = true;
    element.dataset.participant = participant;
    element.dataset.source = "microphone";
    this.#elements.set(participant, element);
    this.#root.append(element);
    this.route();
    return element;
  }
}
