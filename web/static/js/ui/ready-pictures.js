/**
 * Pictures that play before anybody knows whose they are: one element for each picture track of a connection prepared at
 * the door. A first frame is on the screen sooner when its player is there before it. Knows no sockets.
 */

/** @type {Map<MediaStreamTrack, HTMLVideoElement>} */
const ready = new Map();

/**
 * Makes players for these tracks, and lets go of those of a connection that is over.
 * @param {MediaStreamTrack[]} tracks nobody's yet @param {HTMLElement} root where they wait, seen by nobody
 */
export function keepReady(tracks, root) {
  for (const [track, video] of ready) if (track.readyState === "ended") letGo(track, video);
  for (const track of tracks) if (!ready.has(track)) ready.set(track, waiting(track, root));
}

/**
 * Puts the player that is ready for a track in the place of one that would have to begin.
 * @param {HTMLVideoElement} video @param {MediaStreamTrack} track
 * @returns {HTMLVideoElement} whichever is in that place now
 */
export function takePlace(video, track) {
  const player = ready.get(track);
  if (!player) return video;
  ready.delete(track);
  for (const { name, value } of video.attributes) player.setAttribute(name, value);
  move(player, video);
  video.remove();
  return player;
}

/** @param {MediaStreamTrack} track @param {HTMLElement} root @returns {HTMLVideoElement} */
function waiting(track, root) {
  const video = document.createElement("video");
  video.muted = video.autoplay = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  root.append(video);
  return video;
}

/** @param {MediaStreamTrack} track @param {HTMLVideoElement} video */
function letGo(track, video) {
  ready.delete(track);
  video.srcObject = null;
  video.remove();
}

/**
 * Without a stop where the browser can; elsewhere it is told to play on, as every moved picture is.
 * @param {HTMLVideoElement} player @param {HTMLVideoElement} before
 */
function move(player, before) {
  const parent = /** @type {(Element & {moveBefore?: (node: Node, before: Node) => void}) | null} */ (
    before.parentElement
  );
  if (parent?.moveBefore && before.isConnected) parent.moveBefore(player, before);
  else before.before(player);
}
