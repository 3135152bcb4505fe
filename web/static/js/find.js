/** Finding elements: what a page needs must be there and of the right kind, or it fails at once; knows no page. */

/**
 * The one element under `root` that matches. Throws when there is none or it is of another kind.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`expected ${type.name} at ${selector}`);
  return element;
}

/**
 * All elements under `root` that match, of one kind.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [root]
 * @returns {T[]}
 */
export function findAll(selector, type, root = document) {
  return [...root.querySelectorAll(selector)].map((element) => {
    if (!(element instanceof type)) throw new Error(`expected ${type.name} at ${selector}`);
    return element;
  });
}

/**
 * The content of a `<template>`, fresh, as its first element.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function fromTemplate(selector, type) {
  const copy = find(selector, HTMLTemplateElement).content.cloneNode(true);
  if (!(copy instanceof DocumentFragment) || !(copy.firstElementChild instanceof type)) {
    throw new Error(`expected ${type.name} first in ${selector}`);
  }
  return copy.firstElementChild;
}
