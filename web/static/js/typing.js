/** What is typed into a form is still there after a reload, in this tab, for the same reader; knows no form in particular. */

const PREFIX = "typed:";
const MOST = 20_000; // characters of one field
const TYPED = ["text", "tel", "email", "number", "date", "time", "url"]; // never a password

const reader = document.querySelector('meta[name="reader"]')?.getAttribute("content") ?? "";
const key = `${PREFIX}${reader}:${location.pathname}`;

/** @typedef {Record<string, Record<string, string>>} Kept what was typed, by where its form goes and the field's name */

/** @returns {Storage | null} */
function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
}

/**
 * @param {EventTarget | Element | null} box
 * @returns {box is HTMLInputElement | HTMLTextAreaElement}
 */
function isTyped(box) {
  if (box instanceof HTMLTextAreaElement) return true;
  return box instanceof HTMLInputElement && TYPED.includes(box.type);
}

/**
 * Where a form goes that is kept here; an application keeps itself on the server.
 * @param {HTMLFormElement | null} form
 * @returns {string | null}
 */
function goes(form) {
  if (form?.getAttribute("method") !== "post" || form.hasAttribute("data-kept")) return null;
  return form.getAttribute("action") ?? location.pathname;
}

/**
 * @param {Storage} kept
 * @returns {Kept}
 */
function read(kept) {
  try {
    return JSON.parse(kept.getItem(key) ?? "{}");
  } catch {
    return {}; // somebody else's writing
  }
}

/**
 * @param {Storage} kept
 * @param {Kept} typed
 */
function write(kept, typed) {
  try {
    kept.setItem(key, JSON.stringify(typed));
  } catch {
    kept.removeItem(key); // it is full: better nothing comes back than half of it
  }
}

/** @param {Storage} kept */
function restore(kept) {
  const typed = read(kept);
  for (const form of document.forms) {
    const said = typed[goes(form) ?? ""] ?? {};
    for (const box of form.elements) {
      if (!isTyped(box) || box.value !== box.defaultValue || said[box.name] === undefined) continue;
      box.value = said[box.name] ?? "";
      box.closest("details")?.setAttribute("open", "");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** @param {Storage} kept */
function watch(kept) {
  document.addEventListener("input", ({ target }) => {
    const to = isTyped(target) ? goes(target.form) : null;
    if (to === null || !isTyped(target) || !target.name) return;
    const typed = read(kept);
    typed[to] = { ...typed[to], [target.name]: target.value.slice(0, MOST) };
    write(kept, typed);
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (defaultPrevented) return; // it was not sent
    const typed = read(kept);
    delete typed[(target instanceof HTMLFormElement && goes(target)) || ""]; // from here on the server keeps it
    write(kept, typed);
  });
}

/** Put back what this very reader typed into this very page, reloaded or gone back to; forget whatever else was kept. */
export function keepTyping() {
  const kept = storage();
  if (kept === null) return;
  const [how] = performance.getEntriesByType("navigation");
  const again = how instanceof PerformanceNavigationTiming && ["reload", "back_forward"].includes(how.type);
  for (const each of Object.keys(kept)) {
    if (each.startsWith(PREFIX) && !(each === key && again)) kept.removeItem(each);
  }
  if (!reader) return; // nobody's page: what is typed there is a phone or a code
  restore(kept);
  watch(kept);
}
