/** How loud a microphone is, and whether it gives anything at all. Knows no DOM. */

const SILENT_MS = 10_000;
const SILENT_PEAK = 0.0004;
const LOOK_MS = 250;
const FULL_RMS = 0.16;

/** Events: `level` (0..1) four times a second while a track is watched; `silent` (boolean) when that changes. */
export class LevelMeter extends EventTarget {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #input = null;
  #timer = 0;
  #quietSince = 0;
  #silent = false;
  /** @type {MediaStreamTrack | null} */
  #track = null;

  /** @param {MediaStreamTrack | null} track the microphone that is on now, or null when it is not */
  watch(track) {
    if (track === this.#track) return;
    this.#track = track;
    clearInterval(this.#timer);
    this.#input?.disconnect();
    this.#judge(false);
    if (!track) return;
    this.#context ??= new AudioContext();
    void this.#context.resume();
    const analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#input = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#input.connect(analyser);
    this.#quietSince = Date.now();
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => this.#look(analyser, samples), LOOK_MS);
  }

  close() {
    this.watch(null);
    void this.#context?.close();
    this.#context = null;
  }

  /** @param {AnalyserNode} analyser @param {Float32Array<ArrayBuffer>} samples */
  #look(analyser, samples) {
    if (this.#context?.state !== "running") return; // until the person touches the page we hear nothing: no verdict
    analyser.getFloatTimeDomainData(samples);
    let peak = 0;
    let power = 0;
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample));
      power += sample * sample;
    }
    const now = Date.now();
    if (peak > SILENT_PEAK) this.#quietSince = now;
    this.#judge(now - this.#quietSince > SILENT_MS);
    const level = Math.min(1, Math.sqrt(power / samples.length) / FULL_RMS);
    this.dispatchEvent(new CustomEvent("level", { detail: level }));
  }

  /** @param {boolean} silent */
  #judge(silent) {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.dispatchEvent(new CustomEvent("silent", { detail: silent }));
  }
}
