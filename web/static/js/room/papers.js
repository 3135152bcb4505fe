/** What is shown of the parties' materials: fetched when it changes, by this seat; knows no DOM. */

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../../../types/room").Paper} Paper */
/** @typedef {import("../../../types/room").PaperChoice} PaperChoice */

/** Keeps the name and the pages of what is shown in step with the view. @param {Store} store */
export function watchPapers(store) {
  let asked = "";
  store.addEventListener("change", () => {
    const { view, paper } = store.model;
    const wanted = view?.document?.document ?? "";
    if (wanted === asked) return;
    asked = wanted;
    if (paper) store.update({ paper: null, pointer: null });
    if (wanted && view) void load(view.you.participant).then((found) => take(found));
  });

  /** @param {Paper | null} found what came may be late */
  const take = (found) => {
    if (found?.document === asked) store.update({ paper: found });
    else if (!found) setTimeout(() => (asked = ""), 2000); // a break of the line: asked again at the next change
  };
}

/** @param {string} seat @returns {Promise<PaperChoice[]>} what could be shown here now */
export async function showable(seat) {
  const answer = await ask(`/seats/${seat}/documents`);
  return answer?.documents ?? [];
}

/** @param {string} seat @param {string} document @param {number} page where the page lies */
export const pagePath = (seat, document, page) => `/seats/${seat}/document/${document}/pages/${page}`;

/** @param {string} seat @returns {Promise<Paper | null>} */
const load = (seat) => ask(`/seats/${seat}/document`);

/** @param {string} path */
async function ask(path) {
  try {
    const response = await fetch(path, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
