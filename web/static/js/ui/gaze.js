/** Which pictures are on the screen and how large, so that no more is sent than is seen. Knows no sockets. */

/** @typedef {import("../../../types/protocol").Tile} Tile */

const PAUSE_MS = 250;
/** Heights are told in steps: a tile that grows by a hair changes nothing. */
const STEP = 40;

/** Events: `change` when what `tiles` says has changed; at most four a second. */
export class Gaze extends EventTarget {
  /** @type {Map<HTMLElement, {tile: Tile, seen: boolean}>} what stands around each picture */
  #frames = new Map();
  #told = "";
  #timer = 0;
  #sizes = new ResizeObserver(() => this.#soon());
  #sights = new IntersectionObserver((entries) => this.#sighted(entries));

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => this.#tell());
  }

  /** What is on the screen now, whoever's it is but one's own. */
  get tiles() {
    return [...this.#frames].map(([frame, { tile, seen }]) => ({
      ...tile,
      height: seen && !document.hidden ? heightOf(frame) : 0,
    }));
  }

  /** @param {HTMLVideoElement[]} videos all there are now; their frames count, for a picture that is not sent has no size */
  watch(videos) {
    const wanted = new Map(videos.flatMap((video) => framed(video)));
    for (const frame of this.#frames.keys()) if (!wanted.has(frame)) this.#drop(frame);
    for (const [frame, tile] of wanted) this.#add(frame, tile);
  }

  /** The server has forgotten: everything is said anew. Before there is a tile nothing is: all would count as hidden. */
  again() {
    this.#told = "";
    if (this.#frames.size > 0) this.#tell();
  }

  /** @param {HTMLElement} frame @param {Tile} tile */
  #add(frame, tile) {
    const known = this.#frames.get(frame);
    if (known && known.tile.participant === tile.participant && known.tile.source === tile.source) return;
    this.#frames.set(frame, { tile, seen: true });
    this.#sizes.observe(frame);
    this.#sights.observe(frame);
    this.#soon();
  }

  /** @param {HTMLElement} frame */
  #drop(frame) {
    this.#frames.delete(frame);
    this.#sizes.unobserve(frame);
    this.#sights.unobserve(frame);
    this.#soon();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      const known = this.#frames.get(/** @type {HTMLElement} */ (target));
      if (known) known.seen = isIntersecting;
    }
    this.#soon();
  }

  #soon() {
    this.#timer ||= window.setTimeout(() => this.#tell(), PAUSE_MS);
  }

  #tell() {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    const now = JSON.stringify(this.tiles);
    if (now === this.#told) return;
    this.#told = now;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {HTMLVideoElement} video @returns {[HTMLElement, Tile][]} nothing for one's own picture */
function framed(video) {
  const { participant, source } = video.dataset;
  const frame = video.parentElement;
  if (!frame || !participant || video.closest(".is-self")) return [];
  return [[frame, { participant, source: source === "screen" ? "screen" : "camera", height: 0 }]];
}

/** @param {HTMLElement} frame @returns {number} px of the screen */
function heightOf(frame) {
  return Math.ceil((frame.clientHeight * window.devicePixelRatio) / STEP) * STEP;
}
