/** What is typed and chosen in a form is still there after a reload, in this tab, for the same reader; knows no form. */

const PREFIX = "typed:";
const BACK = "typing:back"; // the page to which a door leads back
const MOST = 20_000; // characters of one field
const TYPED = ["text", "tel", "email", "number", "date", "time", "url"]; // never a password

const reader = document.querySelector('meta[name="reader"]')?.getAttribute("content") ?? "";
const key = `${PREFIX}${reader}:${location.pathname}`;

/** @typedef {Record<string, Record<string, string>>} Kept what was filled in, by what its form is and the field */

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
 * @param {EventTarget | Element | null} box
 * @returns {box is HTMLInputElement}
 */
function isTicked(box) {
  return box instanceof HTMLInputElement && ["radio", "checkbox"].includes(box.type);
}

/**
 * Under what a field is kept: boxes to tick may share one name.
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} box
 */
function called(box) {
  return box.type === "checkbox" ? `${box.name}=${box.value}` : box.name;
}

/** @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} box */
function held(box) {
  if (box.type === "checkbox") return isTicked(box) && box.checked ? "yes" : "";
  return box.value.slice(0, MOST);
}

/**
 * Put one field as it was left. Whether that changed it: what an answer of the server says, or the browser knew, stays.
 * @param {Element} box
 * @param {Record<string, string>} said
 */
function put(box, said) {
  if (isTyped(box)) {
    const words = said[called(box)];
    if (words === undefined || box.value !== box.defaultValue || words === box.value) return false;
    box.value = words;
    return true;
  }
  if (isTicked(box)) {
    const left = said[called(box)];
    const wanted = box.type === "checkbox" ? left === "yes" : left === box.value;
    if (left === undefined || box.checked !== box.defaultChecked || wanted === box.checked) return false;
    box.checked = wanted;
    return true;
  }
  return box instanceof HTMLSelectElement && pick(box, said[called(box)]);
}

/**
 * @param {HTMLSelectElement} box
 * @param {string | undefined} value
 */
function pick(box, value) {
  const option = [...box.options].find((each) => each.value === value);
  if (!option || option.selected) return false;
  option.selected = true;
  return true;
}

/**
 * Where a form goes that is kept here, and about whom or what, as its hidden fields say: two of one page may go to the
 * same place. An application keeps itself on the server.
 * @param {HTMLFormElement | null} form
 * @returns {string | null}
 */
function goes(form) {
  if (form?.getAttribute("method") !== "post" || form.hasAttribute("data-kept")) return null;
  const about = [...form.elements].flatMap((box) =>
    box instanceof HTMLInputElement && box.type === "hidden" && box.name !== "filled"
      ? `${box.name}=${box.value}`
      : [],
  );
  return [form.getAttribute("action") ?? location.pathname, ...about].join("\n");
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
    for (const box of [...form.elements].filter((each) => put(each, said))) {
      box.closest("details")?.setAttribute("open", "");
      for (const kind of isTyped(box) ? ["input"] : ["input", "change"]) {
        box.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    }
  }
}

/** @param {Storage} kept */
function watch(kept) {
  document.addEventListener("input", ({ target }) => {
    if (!isTyped(target) && !isTicked(target) && !(target instanceof HTMLSelectElement)) return;
    const to = goes(target.form);
    if (to === null || !target.name) return;
    const typed = read(kept);
    typed[to] = { ...typed[to], [called(target)]: held(target) };
    write(kept, typed);
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (defaultPrevented) return; // it was not sent
    const typed = read(kept);
    delete typed[(target instanceof HTMLFormElement && goes(target)) || ""]; // from here on the server keeps it
    write(kept, typed);
  });
}

/**
 * At a door: what is kept of the page it leads back to stays, for the login may have ended while somebody was writing.
 * @param {Storage} kept
 */
function wait(kept) {
  const next = document.querySelector("input[name=next]");
  const [path] = next instanceof HTMLInputElement ? next.value.split("?") : [""];
  for (const each of Object.keys(kept)) {
    if (each.startsWith(PREFIX) && !(path && each.endsWith(`:${path}`))) kept.removeItem(each);
  }
  if (path) kept.setItem(BACK, path);
}

/**
 * Whether this page was reloaded, gone back to, or come back to through a door.
 * @param {Storage} kept
 */
function isBack(kept) {
  const through = kept.getItem(BACK) === location.pathname;
  kept.removeItem(BACK);
  const [how] = performance.getEntriesByType("navigation");
  return (
    through || (how instanceof PerformanceNavigationTiming && ["reload", "back_forward"].includes(how.type))
  );
}

/** Put back what this very reader filled in on this very page; forget whatever else was kept. */
export function keepTyping() {
  const kept = storage();
  if (kept === null) return;
  if (!reader) return wait(kept); // nobody's page: what is typed there is a phone or a code
  const again = isBack(kept);
  for (const each of Object.keys(kept)) {
    if (each.startsWith(PREFIX) && !(each === key && again)) kept.removeItem(each);
  }
  restore(kept);
  watch(kept);
}
