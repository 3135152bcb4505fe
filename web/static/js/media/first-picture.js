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
    const awaited = this.#tracks().filter(({ track }) => track.kind === "video");
    if (awaited.length === 0 || awaited.some(({ track }) => plays(track))) return Promise.resolve();
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

/** @param {MediaStreamTrack} track @returns {boolean} whether a picture of it has come */
function plays(track) {
  return [...document.querySelectorAll("video")].some(
    ({ srcObject, readyState }) =>
      srcObject instanceof MediaStream &&
      srcObject.getVideoTracks().includes(track) &&
      readyState >= HTMLMediaElement.HAVE_CURRENT_DATA,
  );
}
