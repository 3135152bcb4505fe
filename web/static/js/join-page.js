/** The invitation page: one step at a time, device check, decisions, entering; joins the parts of join/ to the page. */

import { find, findAll } from "./find.js";
import { DeviceCheck } from "./join/device-check.js";
import { bindListenButtons } from "./join/read-aloud.js";
import { Rescue } from "./join/rescue.js";
import { Steps } from "./join/steps.js";

const form = find("form.door__task", HTMLFormElement);
const items = (find("main", HTMLElement).dataset.items ?? "").split(" ");
const rescue = new Rescue(find("#rescue", HTMLDialogElement));
const check = new DeviceCheck(form, (fault) => rescue.open(fault));
// while the letter is read what comes after it is fetched, and nobody waits for it
const door = loaded().then(() => {
  document.head.append(find("#room-ahead", HTMLTemplateElement).content);
  return import("./join/walk-in.js");
});
const noDoor = () => undefined; // a part has not come: the browser enters alone
const steps = new Steps(findAll("[data-step]", HTMLElement), onShown);

/** @returns {Promise<unknown>} when the letter itself is there */
function loaded() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((done) => addEventListener("load", done, { once: true }));
}

/** @param {string} step */
function onShown(step) {
  if (step === "device") return;
  check.stop();
  if (step === "rules") void door.then(({ prepare }) => prepare(form), noDoor);
  if (step !== "enter") return;
  showConsequence(refused());
  if (!refused()) void door.then(({ knock }) => knock(form), noDoor);
}

/** @param {string} item */
function answerOf(item) {
  return String(new FormData(form).get(item) ?? "");
}

const refused = () => items.some((item) => answerOf(item) === "no");

/** @param {boolean} no */
function showConsequence(no) {
  for (const part of findAll("[data-if]", HTMLElement, form)) {
    part.hidden = part.dataset.if === (no ? "agreed" : "refused");
  }
}

/** @param {string} item */
function decided(item) {
  const missing = !answerOf(item);
  find(`#${item}-error`, HTMLElement).hidden = !missing;
  if (missing) form.querySelector(`input[name="${item}"]`)?.dispatchEvent(new Event("focus"));
  return !missing;
}

for (const button of findAll("[data-go]", HTMLElement)) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const item = button.dataset.decide;
    if (item && !decided(item)) return;
    const next = button.dataset.go ?? "";
    steps.go(item && answerOf(item) === "no" ? "enter" : next);
    // a tap on a phone is the consent to ask for the camera; on a desktop the letter and the check stand side by side
    if (next === "device" && steps.onPhone) void check.start();
  });
}

for (const radio of findAll("input[type=radio]", HTMLInputElement, form)) {
  radio.addEventListener("change", () => {
    find(`#${radio.name}-error`, HTMLElement).hidden = true;
  });
}

find("#need-help", HTMLButtonElement).addEventListener("click", () => rescue.open(check.fault ?? "help"));
rescue.addEventListener("retry", () => void check.start());
bindListenButtons();

form.noValidate = true; // the steps ask for each decision where it is made
form.addEventListener("submit", (event) => {
  check.stop();
  // a refusal has a page of its own, which the browser shows; it keeps the link out of the history as well
  if (refused()) return history.replaceState(null, "", "/join");
  event.preventDefault();
  void enter();
});

/** Goes in; what has been filled in stays when the server cannot be reached. */
async function enter() {
  const button = find("#enter-button", HTMLButtonElement);
  const offline = find("#enter-error", HTMLElement);
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  offline.hidden = true;
  const arrival = await door.then(
    ({ walkIn }) => walkIn(form, items),
    () => "elsewhere",
  );
  if (arrival === "entered") return;
  button.removeAttribute("aria-disabled");
  offline.hidden = arrival !== "offline";
  if (arrival === "elsewhere") form.submit();
}

const missing = findAll(".task__error:not([hidden])", HTMLElement, form)[0];
steps.go(missing ? missing.id.replace("-error", "") : steps.onPhone ? "letter" : "device", false);
