/** The tabs of the side panel, those of further sources among them: arrow keys move; several may show the same list. */

import { findAll } from "../find.js";

const OWN = new Set(["outcome", "integrity", "notes"]); // tabs with a body of their own; all others show the list

/** @param {(kind: string) => void} list called with the kind of lines that the list is to show */
export function bindTabs(list) {
  const tabs = findAll("#review-tabs [role=tab]", HTMLButtonElement);
  const choose = (/** @type {HTMLButtonElement} */ chosen) => {
    show(tabs, chosen);
    if (!OWN.has(chosen.value)) list(chosen.value);
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      choose(next);
      event.preventDefault();
      event.stopPropagation();
    });
  });
  return (/** @type {string} */ value) => {
    const tab = tabs.find((each) => each.value === value);
    if (tab) choose(tab);
  };
}

/**
 * @param {HTMLButtonElement[]} tabs
 * @param {HTMLButtonElement} chosen
 */
function show(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
  }
  const wanted = OWN.has(chosen.value) ? chosen.value : "list";
  for (const body of findAll("[data-tab]", HTMLElement)) body.hidden = body.dataset.tab !== wanted;
}
