/** How much data this person lets pictures use; kept on this device. Knows neither connections nor DOM. */

/** @typedef {import("../../../types/protocol").DataUse} DataUse */

const KEPT = "data-use";
/** @type {DataUse[]} */
const KNOWN = ["full", "low", "audio"];

/** @returns {DataUse} as chosen on this device, else as the browser says */
export function dataUse() {
  const connection = /** @type {{saveData?: boolean} | undefined} */ (Reflect.get(navigator, "connection"));
  const usual = connection?.saveData ? "low" : "full";
  try {
    return KNOWN.find((each) => each === localStorage.getItem(KEPT)) ?? usual;
  } catch {
    return usual;
  }
}

/** @param {DataUse} use */
export function keepDataUse(use) {
  try {
    localStorage.setItem(KEPT, use);
  } catch {
    // Private windows refuse to store; the choice then lasts as long as the page.
  }
}
