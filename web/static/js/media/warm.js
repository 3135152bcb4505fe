/**
 * Wakes the browser's media engine while nobody waits for it: threads, codecs and a certificate take longer the first
 * time. Knows no page and sends nothing.
 */

const KEPT_MS = 60_000;

/** A connection that goes nowhere, let go of after a minute. */
export async function warmUp() {
  const idle = new RTCPeerConnection();
  setTimeout(() => idle.close(), KEPT_MS);
  for (const kind of ["audio", "video"]) idle.addTransceiver(kind, { direction: "recvonly" });
  await idle.setLocalDescription();
}
