/** Says when this device has another network, or has slept: what looks connected may be dead. Knows no connection. */

const LOOK_MS = 1000;
/** A timer that is so late has slept; one that is merely throttled in the background fires once a second. */
const SLEPT_MS = 5000;

/** @param {() => void} act */
export function onNetworkChange(act) {
  addEventListener("online", act);
  const { connection } = /** @type {{connection?: EventTarget}} */ (/** @type {unknown} */ (navigator));
  connection?.addEventListener("change", act);
  let looked = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - looked > LOOK_MS + SLEPT_MS) act();
    looked = now;
  }, LOOK_MS);
}
