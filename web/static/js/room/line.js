/**
 * The line of the room page, laid before anything is drawn: this small module runs while the others are still on their
 * way, so that socket, offer and media are there when the page is. Knows no DOM but the seat named in the head; on the
 * page of a letter there is none yet, and whoever walks in says which.
 */
import { FirstPicture } from "../media/first-picture.js";
import { LocalMedia } from "../media/local.js";
import { onNetworkChange } from "../media/network.js";
import { MediaSession } from "../media/session.js";
import { Signaling } from "../signaling.js";

export const signaling = new Signaling();
const picture = new FirstPicture(() => media.tracks);
export const local = new LocalMedia(() => picture.seen());
export const media = new MediaSession(
  local,
  (event, payload) => signaling.ask(event, payload),
  () => picture.seen(),
);

signaling.early("door", () => void media.prepare());
signaling.early("offer", (offer) => media.take(offer));
signaling.early("welcome", ({ ice_servers: iceServers, resumed }) => media.begin(iceServers, resumed));
media.addEventListener("silent", () => void signaling.check());
onNetworkChange(() => {
  void signaling.check();
  media.moved();
});

/** Asks for the devices: nothing of them is sent before it is switched on. */
export function openDevices() {
  void local.open("microphone");
  void local.open("camera");
}

/** @param {string} seat */
export function sitDown(seat) {
  signaling.connect(seat);
  openDevices();
}

const named = document.querySelector('meta[name="seat"]');
if (named instanceof HTMLMetaElement) sitDown(named.content);
