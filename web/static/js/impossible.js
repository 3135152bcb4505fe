/** A day or time that does not exist is said beside its field before its form is sent: of such a field a browser sends
 * nothing at all, and what had been typed would be gone; knows no form in particular. */

const ADDED = "impossible";

/** @param {HTMLInputElement} box */
function forget(box) {
  const message = document.getElementById(`${box.id}-${ADDED}`);
  if (message === null) return;
  message.remove();
  box.removeAttribute("aria-invalid");
  box.setAttribute(
    "aria-describedby",
    (box.getAttribute("aria-describedby") ?? "").replace(`${message.id} `, ""),
  );
  const field = box.closest(".field");
  if (!field?.querySelector(".field__error")) field?.classList.remove("field--error");
}

/**
 * @param {HTMLInputElement} box
 * @param {string} text
 * @param {SVGSVGElement} sign
 */
function say(box, text, sign) {
  forget(box);
  const message = document.createElement("p");
  const words = document.createElement("span");
  words.textContent = text;
  Object.assign(message, { className: "field__error", id: `${box.id}-${ADDED}` });
  message.append(sign, words);
  box.before(message);
  box.closest(".field")?.classList.add("field--error");
  box.setAttribute("aria-invalid", "true");
  box.setAttribute("aria-describedby", `${message.id} ${box.getAttribute("aria-describedby") ?? ""}`);
  box.addEventListener("input", () => forget(box), { once: true });
}

/** @param {HTMLInputElement[]} boxes */
async function sayAll(boxes) {
  // a page without such a mistake needs neither
  const [{ t }, { icon }] = await Promise.all([import("./i18n.js"), import("./icons.js")]);
  for (const box of boxes) {
    const key = { date: "form.no_such_day", time: "form.no_such_time" }[box.type] ?? "form.no_number";
    say(box, t(key), icon("alert"));
  }
  boxes[0]?.focus();
}

/**
 * @param {Element} box
 * @returns {box is HTMLInputElement}
 */
function isImpossible(box) {
  return box instanceof HTMLInputElement && box.validity.badInput;
}

/** @param {SubmitEvent} event */
function onSubmit(event) {
  const { target: form, submitter } = event;
  if (submitter instanceof HTMLButtonElement && submitter.formNoValidate) return; // back, or keep it as it is
  const boxes = form instanceof HTMLFormElement ? [...form.elements].filter(isImpossible) : [];
  if (!boxes.length) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // for everybody else it was never sent
  void sayAll(boxes);
}

/** Hold every form back in which a field shows what it cannot send. */
export function holdBackTheImpossible() {
  document.addEventListener("submit", onSubmit, true);
}
