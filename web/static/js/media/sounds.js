/** The four sounds of the house, synthesised, −18 dBFS, never two at once. Knows nothing of when they are due. */
import { picked } from "./devices.js";

/** @typedef {"begin" | "knock" | "promise" | "lost"} Sound */
/** @typedef {{hz: number, at: number, tone: number, decay: number}} Tone seconds */

const GAIN = 10 ** (-18 / 20);
/** @type {Record<Sound, Tone[]>} */
const SCORES = {
  begin: [
    { hz: 659, at: 0, tone: 0.16, decay: 1.2 },
    { hz: 880, at: 0.16, tone: 0.16, decay: 1.2 },
  ],
  knock: [{ hz: 784, at: 0, tone: 0.4, decay: 0.2 }],
  promise: [
    { hz: 784, at: 0, tone: 0.4, decay: 0.2 },
    { hz: 784, at: 0.65, tone: 0.4, decay: 0.2 },
  ],
  lost: [
    { hz: 440, at: 0, tone: 0.22, decay: 0.3 },
    { hz: 330, at: 0.26, tone: 0.22, decay: 0.4 },
  ],
};

/** Plays one sound at a time; a browser that wants a touch first stays quiet, the words are on the screen anyway. */
export class Sounds {
  /** @type {AudioContext | null} */
  #context = null;
  #until = 0;
  /** @type {AudioNode | null} where the sounds go: the loudspeaker that has been picked */
  #way = null;
  /** @type {HTMLAudioElement | null} plays them where only elements can be given a loudspeaker */
  #element = null;
  #speaker = "";

  /** @param {Sound} name */
  async play(name) {
    this.#context ??= new AudioContext();
    const context = this.#context;
    if (context.state !== "running")
      await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
    if (context.state !== "running" || context.currentTime < this.#until) return;
    await this.#route(context);
    const start = context.currentTime + 0.02;
    for (const tone of SCORES[name]) this.#ring(context, start, tone);
    const last = SCORES[name][SCORES[name].length - 1];
    this.#until = start + (last ? last.at + last.tone : 0);
    navigator.vibrate?.(200);
  }

  /** Sounds on the picked loudspeaker; on the usual one when that has gone. @param {AudioContext} context */
  async #route(context) {
    const speaker = picked().speaker ?? "";
    if (this.#way && speaker === this.#speaker) return;
    this.#speaker = speaker;
    this.#way = context.destination;
    if ("setSinkId" in context) {
      await /** @type {any} */ (context).setSinkId(speaker).catch(() => undefined);
    } else if (speaker || this.#element) {
      const stream = new MediaStreamAudioDestinationNode(context);
      this.#element ??= new Audio();
      this.#element.srcObject = stream.stream;
      await this.#element.setSinkId?.(speaker).catch(() => undefined);
      this.#way = await this.#element.play().then(
        () => stream,
        () => context.destination,
      );
    }
  }

  /** @param {AudioContext} context @param {number} start @param {Tone} tone */
  #ring(context, start, tone) {
    const from = start + tone.at;
    const envelope = new GainNode(context, { gain: 0 });
    envelope.gain.setValueAtTime(0, from);
    envelope.gain.linearRampToValueAtTime(GAIN, from + 0.01);
    envelope.gain.setValueAtTime(GAIN, from + tone.tone);
    envelope.gain.exponentialRampToValueAtTime(0.0001, from + tone.tone + tone.decay);
    const voice = new OscillatorNode(context, { frequency: tone.hz });
    voice.connect(envelope).connect(this.#way ?? context.destination);
    voice.start(from);
    voice.stop(from + tone.tone + tone.decay + 0.05);
  }
}
