/** What was chosen and typed in a form, in the words of its page: for the page that gives it back after a login ended. */

const FIELD = "filled"; // the server knows it by this name
const MOST = 100; // characters of one label
const BOXES = ["text", "tel", "email", "number", "date", "time", "url", "search"]; // never a password

/** @typedef {[name: string, label: string, words: string]} Said of a typed box no words: they are in its field */

/** @param {string | null | undefined} text */
function short(text) {
  const words = (text ?? "").replace(/\s+/g, " ").trim();
  const characters = [...words]; // cut by code units, half a character would be left
  return characters.length > MOST ? `${characters.slice(0, MOST - 1).join("")}…` : words;
}

/** @param {Element | null | undefined} label */
function name(label) {
  return short((label?.querySelector(".choice__label") ?? label)?.textContent);
}

/**
 * What a choice is about: the legend of its group, or what names the group.
 * @param {Element} box
 */
function question(box) {
  const group = box.closest("fieldset, [role=radiogroup], [role=group]");
  const by = group?.getAttribute("aria-labelledby")?.split(" ")[0];
  return short(
    group?.querySelector("legend")?.textContent ??
      (by ? document.getElementById(by)?.textContent : group?.getAttribute("aria-label")),
  );
}

/**
 * @param {Element} box
 * @returns {Said | null} null of what holds nothing, or was not filled in by a person
 */
function said(box) {
  if (box instanceof HTMLSelectElement) {
    return box.value ? [box.name, name(box.labels[0]), short(box.selectedOptions[0]?.textContent)] : null;
  }
  if (box instanceof HTMLInputElement && ["radio", "checkbox"].includes(box.type)) {
    return box.checked ? [box.name, question(box), name(box.labels?.[0])] : null;
  }
  const typed =
    box instanceof HTMLTextAreaElement || (box instanceof HTMLInputElement && BOXES.includes(box.type));
  if (!typed || !box.value.trim()) return null;
  return [box.name, name(box.labels?.[0]) || short(box.getAttribute("aria-label")), ""];
}

/**
 * Every field that holds something, and last the button that was pressed, without a name.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 * @returns {Said[]}
 */
function everything(form, button) {
  const found = [...form.elements].filter((box) => !box.matches(":disabled") && box.getAttribute("name"));
  const filled = found.map(said).filter((each) => each !== null);
  const pressed = name(button);
  return pressed ? [...filled, ["", "", pressed]] : filled;
}

/** @param {SubmitEvent} event */
function onSubmit({ target: form, submitter, defaultPrevented }) {
  if (defaultPrevented || !(form instanceof HTMLFormElement) || form.getAttribute("method") !== "post")
    return;
  if (form.enctype !== "application/x-www-form-urlencoded") return; // files, of which the server keeps none
  if (form.hasAttribute("data-kept")) return; // an application keeps itself on the server
  const before = form.querySelector(`input[name=${FIELD}]`);
  if (before instanceof HTMLInputElement && !("ours" in before.dataset)) return; // it goes on its way again as it was
  before?.remove(); // the page was gone back to
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: FIELD, value: JSON.stringify(everything(form, submitter)) });
  field.dataset.ours = "";
  form.append(field);
}

/** Let every form say what it holds when it is sent. */
export function tellWhatIsFilled() {
  document.addEventListener("submit", onSubmit);
}
