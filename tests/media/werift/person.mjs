/**
 * A person's media by werift, an implementation of WebRTC in TypeScript that shares no code with us, aiortc or a browser.
 * Told what to do by JSON lines on standard input, answers each with one on standard output; knows no signalling.
 *
 * Two connections, as a page has them: `up` offers what is sent, `down` answers what is received. With `--rtx` lost
 * pictures are repaired in streams of their own (RFC 4588).
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import * as werift from "werift";

const SOURCES = { microphone: "audio", camera: "video" };
const HOST = "127.0.0.1";

const repaired = { mimeType: "video/rtx", clockRate: 90_000, payloadType: 106, parameters: "apt=105" };
const video = [
  werift.useVP8({
    payloadType: 105,
    rtcpFeedback: [werift.useNACK(), werift.usePLI(), werift.useREMB(), werift.useTWCC()],
  }),
];
if (process.argv.includes("--rtx")) video.push(new werift.RTCRtpCodecParameters(repaired));

/** werift asks a public STUN server, and waits for it, unless it has another one: this one says "127.0.0.1" to all. */
const stun = createSocket("udp4", (request, { port, address }) => {
  const answer = Buffer.alloc(32);
  answer.writeUInt32BE(0x0101_000c, 0); // binding success (RFC 8489 §5), 12 bytes of attributes
  request.copy(answer, 4, 4, 20);
  answer.writeUInt32BE(0x0020_0008, 20); // XOR-MAPPED-ADDRESS
  answer.writeUInt16BE(1, 24);
  answer.writeUInt16BE(port ^ 0x2112, 26);
  answer.writeUInt32BE(0x7f00_0001 ^ 0x2112_a442, 28);
  stun.send(answer, port, address);
});
stun.bind(0, HOST);
await once(stun, "listening");

const configuration = {
  iceServers: [{ urls: `stun:${HOST}:${stun.address().port}` }],
  iceUseIpv6: false,
  iceAdditionalHostAddresses: [HOST],
  iceFilterCandidatePair: (pair) => pair.localCandidate.host === HOST,
  bundlePolicy: "max-bundle",
  codecs: { audio: [werift.useOPUS({ payloadType: 101, rtcpFeedback: [werift.useTWCC()] })], video },
  headerExtensions: {
    audio: [werift.useSdesMid(), werift.useAudioLevelIndication(), werift.useTransportWideCC()],
    video: [werift.useSdesMid(), werift.useTransportWideCC()],
  },
};

/** werift asks for a lost packet every 5 ms and gives it up after 55: less than a machine at work takes to answer. */
const PATIENCE = 4_000; // times, 20 s

const tracks = {};
const received = {};
const asked = { pli: 0, nack: 0 };
const up = new werift.RTCPeerConnection(configuration);
const down = new werift.RTCPeerConnection(configuration);
down.ontrack = ({ track, transceiver }) => {
  received[transceiver.mid] = [];
  transceiver.receiver.nack.retryCount = PATIENCE;
  track.onReceiveRtp.subscribe(({ header, payload }) => {
    const { payloadType, sequenceNumber, timestamp, marker } = header;
    received[transceiver.mid].push([payloadType, sequenceNumber, timestamp, marker, payload.toString("base64")]);
  });
};

const commands = {
  async publish() {
    const sources = [];
    for (const [source, kind] of Object.entries(SOURCES)) {
      tracks[source] = new werift.MediaStreamTrack({ kind });
      const transceiver = up.addTransceiver(tracks[source], { direction: "sendonly" });
      transceiver.sender.onPictureLossIndication.subscribe(() => (asked.pli += 1));
      transceiver.sender.onGenericNack.subscribe(() => (asked.nack += 1));
      sources.push([transceiver, source]);
    }
    await up.setLocalDescription(await up.createOffer());
    const named = sources.map(([{ mid }, source]) => [mid, source]);
    return { sdp: up.localDescription.sdp, sources: Object.fromEntries(named) };
  },

  async answered({ sdp }) {
    await up.setRemoteDescription({ type: "answer", sdp });
    return {};
  },

  async subscribe({ sdp }) {
    await down.setRemoteDescription({ type: "offer", sdp });
    await down.setLocalDescription(await down.createAnswer());
    return { sdp: down.localDescription.sdp };
  },

  /** Sends RTP packets of one source, each `[ms, base64]` counted from now. */
  async send({ source, packets }) {
    const began = performance.now();
    for (const [at, packet] of packets) {
      const wait = began + at - performance.now();
      if (wait > 0) await pause(wait);
      tracks[source].writeRtp(Buffer.from(packet, "base64"));
    }
    return {};
  },

  /** Says that a picture cannot be decoded any more (PLI). */
  async lost({ mid }) {
    const { receiver } = down.getTransceivers().find((each) => each.mid === mid);
    await receiver.sendRtcpPLI(receiver.tracks[0].ssrc);
    return {};
  },

  async state() {
    return { up: up.connectionState, down: down.connectionState, ...asked };
  },

  /** What has come so far in one m-section: `[payload type, sequence number, timestamp, marker, base64]`. */
  async received({ mid }) {
    return { packets: received[mid] ?? [] };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, does, ...rest } = JSON.parse(line);
  commands[does](rest).then(
    (result) => console.log(JSON.stringify({ id, ...result })),
    (error) => console.log(JSON.stringify({ id, error: String(error?.stack ?? error) })),
  );
}
await Promise.all([up.close(), down.close()]);
process.exit(0);
