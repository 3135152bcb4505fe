/** The device check of the invitation page: own picture, level, bell and line, with a verdict each for the mediator. */

import { find, findAll } from "../find.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { available, canRoute, capture, DeviceProblem, pick, picked } from "../media/devices.js";
import { LevelMeter } from "../media/level.js";
import { Sounds } from "../media/sounds.js";
import { probeNetwork } from "./network.js";

/** @typedef {import("../../../types/protocol").Check} Check */
/** @typedef {import("../../../types/room").DeviceFault} DeviceFault */
/** @typedef {"camera" | "microphone"} Device */
/** @typedef {Device | "speaker" | "network"} Checked */

/** @type {Device[]} */
const CAPTURED = ["camera", "microphone"];
const HEARD = 0.08;
const STATES = { ok: ["ok", "check-c"], weak: ["weak", "signal-low"], problem: ["bad", "alert"] };

export class DeviceCheck {
  #form;
  #onFault;
  #meter = new LevelMeter();
  #sounds = new Sounds();
  /** @type {Partial<Record<Device, MediaStreamTrack>>} */
  #tracks = {};
  /** @type {DeviceFault | null} */
  fault = null;

  /**
   * @param {HTMLFormElement} form holds the hidden fields with the verdicts
   * @param {(fault: DeviceFault) => void} onFault
   */
  constructor(form, onFault) {
    this.#form = form;
    this.#onFault = onFault;
    this.#meter.addEventListener("level", (event) => {
      if (event instanceof CustomEvent) this.#showLevel(event.detail);
    });
    this.#meter.addEventListener("silent", (event) => {
      if (event instanceof CustomEvent && event.detail) this.#say("microphone", t("join.mic_silent"));
    });
    find("#start-check", HTMLButtonElement).addEventListener("click", () => void this.start());
    find("#ring", HTMLButtonElement).addEventListener("click", () => void this.#ring());
    for (const button of findAll("[data-heard]", HTMLButtonElement)) {
      button.addEventListener("click", () => this.#heard(button.dataset.heard === "ok"));
    }
    for (const device of /** @type {const} */ (["camera", "microphone", "speaker"])) {
      const picker = find(`#pick-${device}`, HTMLSelectElement);
      picker.addEventListener("change", () => {
        pick(device, picker.value);
        if (device === "speaker") this.#otherSpeaker();
        else void this.#open(device);
      });
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#offerDevices());
  }

  /** Opens camera and microphone and measures the line; what fails is said in its row and in one dialog. */
  async start() {
    this.fault = null;
    void this.#line();
    for (const device of CAPTURED) await this.#open(device);
    await this.#offerDevices();
    const fault = this.fault;
    if (fault) this.#onFault(fault);
    else find("#check-status", HTMLElement).textContent = t("join.devices_open");
    find("#device-next", HTMLElement).textContent = t(fault ? "join.next_anyway" : "join.next_ok");
  }

  /** Lets go of camera and microphone: their lights go out when the step is left. */
  stop() {
    this.#meter.watch(null);
    for (const track of Object.values(this.#tracks)) track.stop();
    this.#tracks = {};
    find("#preview", HTMLVideoElement).hidden = true;
    find("#preview-off", HTMLElement).hidden = false;
  }

  /** @param {Device} device */
  async #open(device) {
    this.#tracks[device]?.stop();
    try {
      const track = await capture(device);
      this.#tracks[device] = track;
      this.#say(device, device === "camera" ? track.label : t("join.say_hello"));
      if (device === "camera") this.#showPicture(track);
      else this.#meter.watch(track);
    } catch (error) {
      if (!(error instanceof DeviceProblem)) throw error;
      this.fault = error.fault;
      this.#verdict(device, "problem", t(`join.fault_${error.fault}`));
    }
  }

  /** @param {MediaStreamTrack} track */
  #showPicture(track) {
    const video = find("#preview", HTMLVideoElement);
    video.srcObject = new MediaStream([track]);
    video.hidden = false;
    find("#preview-off", HTMLElement).hidden = true;
    this.#verdict("camera", "ok", t("join.fine"));
  }

  /** @param {number} level 0..1 */
  #showLevel(level) {
    const meter = find("#meter", SVGSVGElement);
    const bars = [...meter.querySelectorAll("rect")];
    bars.forEach((bar, n) => {
      bar.classList.toggle("on", n < Math.round(level * bars.length));
    });
    if (level <= HEARD || this.#field("microphone").value === "ok") return;
    this.#field("microphone").value = "ok";
    this.#say("microphone", t("join.mic_heard"));
    meter.setAttribute("aria-label", t("join.mic_heard"));
  }

  async #ring() {
    await this.#sounds.play("begin");
    const question = find("#heard", HTMLElement);
    question.hidden = false;
    question.scrollIntoView({ block: "center" }); // on a phone the foot of the page would lie over it
  }

  /** @param {boolean} ok */
  #heard(ok) {
    this.#field("speaker").value = ok ? "ok" : "problem";
    this.#say("speaker", t(ok ? "join.heard_fine" : "join.heard_help"));
    find("#heard", HTMLElement).hidden = ok;
  }

  /** What was heard from the former one says nothing about this one. */
  #otherSpeaker() {
    this.#field("speaker").value = "unknown";
    this.#say("speaker", t("join.speaker_changed"));
    find("#heard", HTMLElement).hidden = true;
  }

  async #line() {
    const { line, ms } = await probeNetwork();
    if (line === "lost") this.#verdict("network", "problem", t("join.line_lost"));
    else this.#verdict("network", line === "ok" ? "ok" : "weak", t(`join.line_${line}`));
    this.#say("network", line === "lost" ? t("join.line_lost_hint") : t("join.line_ms", { ms }));
  }

  /** A choice only where there is one: of several devices, and of loudspeakers only where the browser can route. */
  async #offerDevices() {
    const found = await available();
    for (const device of CAPTURED)
      this.#offer(device, found[device], this.#tracks[device]?.getSettings().deviceId);
    this.#offer("speaker", canRoute() ? found.speaker : [], picked().speaker);
  }

  /** @param {Device | "speaker"} device @param {MediaDeviceInfo[]} found @param {string | undefined} now */
  #offer(device, found, now) {
    const select = find(`#pick-${device}`, HTMLSelectElement);
    select.replaceChildren(
      ...found.map(({ label, deviceId }) => new Option(label || deviceId, deviceId, false, deviceId === now)),
    );
    const row = select.closest("p");
    if (row) row.hidden = found.length < 2;
  }

  /**
   * @param {Checked} what
   * @param {keyof typeof STATES} verdict
   * @param {string} words
   */
  #verdict(what, verdict, words) {
    /** @type {Check} */
    const value = verdict === "problem" ? "problem" : "ok";
    this.#field(what).value = value;
    const place = document.querySelector(`[data-state="${what}"]`);
    if (!place) return this.#say(what, words); // the microphone shows its level there
    const [kind = "", symbol = ""] = STATES[verdict];
    const state = document.createElement("span");
    state.className = `state state--${kind}`;
    state.append(icon(symbol), words);
    place.replaceChildren(state);
  }

  /** @param {Checked} what @param {string} words */
  #say(what, words) {
    find(`[data-detail="${what}"]`, HTMLElement).textContent = words;
  }

  /** @param {Checked} what */
  #field(what) {
    return find(`input[name="${what}"]`, HTMLInputElement, this.#form);
  }
}
