/**
 * To see comes before being seen: opening a camera and sending cost the moment in which the first picture of the others
 * is decoded and drawn. Knows no connection; of the page only that a picture plays somewhere.
 */

/** Nobody's voice waits for longer, whatever becomes of the pictures. */
const PATIENCE_MS = 400;

export class FirstPicture {
  #tracks;
  /** @type {Promise<void> | null} */
  #seen = null;

  /** @param {() => {track: MediaStreamTrack}[]} tracks what is received now */
  constructor(tracks) {
    this.#tracks = tracks;
  }

  /** At once when no picture is to come, or when one was seen before. */
  seen() {
    if (!this.#tracks().some(({ track }) => track.kind === "video")) return Promise.resolve();
    this.#seen ??= new Promise((done) => {
      const end = () => {
        document.removeEventListener("playing", look, true);
        clearTimeout(timer);
        done();
      };
      const look = (/** @type {Event} */ { target }) => target instanceof HTMLVideoElement && end();
      const timer = setTimeout(end, PATIENCE_MS);
      document.addEventListener("playing", look, true);
    });
    return this.#seen;
  }
}
