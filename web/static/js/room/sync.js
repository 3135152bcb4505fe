/** Follows the outcome's way to the court until it has arrived; asks again in case a message was missed. Knows no DOM. */

/** @typedef {import("./store.js").Store} Store */

const EVERY_MS = 2000;
const STATES = ["pending", "synced", "failed"];

/** @param {Store} store @param {string} session */
export function watchSync(store, session) {
  const timer = setInterval(async () => {
    const state = await asked(session);
    if (state) store.update({ sync: state });
    if (store.model.sync === "synced") clearInterval(timer);
  }, EVERY_MS);
}

/** @param {string} session @returns {Promise<"pending" | "synced" | "failed" | null>} null when the server does not say */
async function asked(session) {
  try {
    const answer = await fetch(`/api/sessions/${encodeURIComponent(session)}/sync`, {
      headers: { Accept: "application/json" },
    });
    const { state } = answer.ok ? await answer.json() : { state: null };
    return STATES.includes(state) ? state : null;
  } catch {
    return null;
  }
}
