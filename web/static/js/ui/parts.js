/** Small moves every part of the page makes: find a part, set its words, keep a list in step. Knows no page. */
import { find } from "../find.js";

/**
 * The element marked `data-part="name"` under `root`; it must be there.
 * @template {Element} T
 * @param {string} name @param {new () => T} type @param {ParentNode} [root]
 * @returns {T}
 */
export const part = (name, type, root = document) => find(`[data-part="${name}"]`, type, root);

/** @param {string} name @param {ParentNode} [root] @returns {HTMLElement} */
export const box = (name, root = document) => part(name, HTMLElement, root);

/** @param {Element} element @param {string} text touched only when it changes, so that a reader is not told twice */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement | SVGElement} element @param {boolean} visible */
export function show(element, visible) {
  if (element.hasAttribute("hidden") === visible) element.toggleAttribute("hidden", !visible);
}

/** @param {Element} element @param {string} name @param {string | number | boolean} value */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Keeps the children of `list` in step with `items`: made once per key, filled at each call, never moved needlessly
 * (a moved <video> stutters).
 * @template T
 * @param {Element} list @param {T[]} items @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} make @param {(element: HTMLElement, item: T) => void} fill
 */
export function keep(list, items, key, make, fill) {
  const known = new Map(childrenOf(list).map((element) => [element.dataset.key, element]));
  const wanted = new Set(items.map(key));
  for (const [name, element] of known) if (name === undefined || !wanted.has(name)) element.remove();
  items.forEach((item, index) => {
    const name = key(item);
    const element = known.get(name) ?? make(item);
    element.dataset.key = name;
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    fill(element, item);
  });
}

/** @param {Element} list @returns {HTMLElement[]} */
const childrenOf = (list) => [...list.children].filter((each) => each instanceof HTMLElement);

/**
 * Calls `redo` only when `now` differs from what it was the last time for this element.
 * @param {Element} element @param {string} now @param {() => void} redo
 */
export function onChange(element, now, redo) {
  if (drawn.get(element) === now) return;
  drawn.set(element, now);
  redo();
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();
