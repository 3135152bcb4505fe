/**
 * The line of the room page, laid before anything is drawn: this small module runs while the others are still on their
 * way, so that socket, offer and media are there when the page is. Knows no DOM but the seat named in the head.
 */
import { find } from "../find.js";
import { LocalMedia } from "../media/local.js";
import { MediaSession } from "../media/session.js";
import { Signaling } from "../signaling.js";

export const signaling = new Signaling(find('meta[name="seat"]', HTMLMetaElement).content);
export const local = new LocalMedia();
export const media = new MediaSession(local, (event, payload) => signaling.ask(event, payload));

signaling.early("offer", (offer) => media.take(offer));
signaling.early("welcome", ({ ice_servers: iceServers }) => media.begin(iceServers));
signaling.connect();
void local.open("microphone");
void local.open("camera");
