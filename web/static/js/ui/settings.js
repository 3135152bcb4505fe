/** Devices and shortcuts: pickers, how loud the microphone is, advice when something is missing. Knows no sockets. */
import { find, findAll } from "../find.js";
import { t } from "../i18n.js";
import { available, canRoute, pick, picked } from "../media/devices.js";
import { box, mark, part, say, show } from "./parts.js";
import { faultWords } from "./rescue.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/protocol").DataUse} DataUse */
/** @typedef {"camera" | "microphone" | "speaker"} Kind */

export class Settings {
  #dialog = find("#settings", HTMLDialogElement);
  #pickers = findAll("[data-pick]", HTMLSelectElement, this.#dialog);
  #level = part("level", SVGElement, this.#dialog);

  #uses = findAll('[name="data-use"]', HTMLInputElement, this.#dialog);

  /**
   * @param {(kind: Kind) => unknown} renew the person picked another device
   * @param {(use: DataUse) => unknown} useData the person said how much data pictures may take
   */
  constructor(renew, useData) {
    for (const choice of this.#uses)
      choice.addEventListener("change", () => useData(/** @type {DataUse} */ (choice.value)));
    for (const picker of this.#pickers) {
      picker.addEventListener("change", () => {
        const kind = /** @type {Kind} */ (picker.dataset.pick);
        pick(kind, picker.value);
        renew(kind);
      });
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.refresh());
  }

  async open() {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    await this.refresh();
  }

  /** Lists what is plugged in now. */
  async refresh() {
    const devices = await available();
    for (const picker of this.#pickers) fill(picker, devices[/** @type {Kind} */ (picker.dataset.pick)]);
    show(box("pick-speaker-field", this.#dialog), canRoute() && devices.speaker.length > 0);
  }

  /** @param {number} level 0..1 */
  level(level) {
    mark(this.#level, "width", Math.round(Math.sqrt(level) * 200));
  }

  /** @param {RoomModel} model */
  render(model) {
    for (const choice of this.#uses) choice.checked = choice.value === model.dataUse;
    const { camera, microphone } = model.local;
    const fault = microphone.fault ?? camera.fault;
    show(box("settings-rescue"), fault !== null);
    if (!fault) return;
    const words = faultWords(microphone.fault ? "microphone" : "camera", fault);
    say(box("settings-rescue-title"), words.title);
    say(box("settings-rescue-text"), words.text);
  }
}

/** @param {HTMLSelectElement} picker @param {MediaDeviceInfo[]} devices */
function fill(picker, devices) {
  const kind = /** @type {Kind} */ (picker.dataset.pick);
  const options = devices.map((device, index) => {
    const option = document.createElement("option");
    option.value = device.deviceId;
    option.textContent = device.label || t("room.settings.unnamed", { n: index + 1 });
    return option;
  });
  if (options.length === 0) {
    const none = document.createElement("option");
    none.textContent = t("room.settings.none");
    options.push(none);
  }
  picker.replaceChildren(...options);
  picker.disabled = devices.length === 0;
  const chosen = picked()[kind];
  if (chosen && devices.some((device) => device.deviceId === chosen)) picker.value = chosen;
}
