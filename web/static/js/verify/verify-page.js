/** The page of the verifier: takes a directory, says what holds and what does not, in both languages, without a network. */
import { verify } from "./recording.js";
import { second } from "./spans.js";

/** @typedef {import("./recording.js").Verdict} Verdict */

let language = /** @type {"zh" | "en"} */ (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
/** @type {File[]} */
let chosen = [];
/** @type {Verdict | null} */
let shown = null;

/** @param {string} key @param {Record<string, string | number>} [params] */
function text(key, params = {}) {
  const found = TEXTS[language][`verify.${key}`] ?? key;
  return found.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
}

/** @template {HTMLElement} T @param {string} selector @param {new () => T} kind @returns {T} */
function part(selector, kind) {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(selector);
  return found;
}

const WORDS = {
  ".top__name": "page_name",
  ".top__language": "page_language",
  h1: "page_title",
  ".lead": "page_lead",
  ".drop__title": "page_choose",
  ".drop__hint": "page_choose_hint",
  ".field__label": "page_receipt",
  ".field__hint": "page_receipt_hint",
  ".note": "page_note",
};

function drawWords() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("page_title");
  for (const [selector, key] of Object.entries(WORDS)) part(selector, HTMLElement).textContent = text(key);
  if (shown !== null) drawVerdict(shown);
}

/** @param {Verdict} verdict */
function drawVerdict(verdict) {
  const [section, broken] = [part(".verdict", HTMLElement), verdict.findings.length > 0];
  section.hidden = false;
  section.classList.toggle("is-broken", broken);
  part(".verdict__word", HTMLElement).textContent = text(broken ? "page_broken" : "page_intact");
  part(".verdict__text", HTMLElement).textContent = text(broken ? "page_broken_text" : "page_intact_text");
  part(".findings", HTMLElement).replaceChildren(...verdict.findings.map(drawFinding));
  part(".notices", HTMLElement).replaceChildren(...verdict.notices.map(drawFinding));
  part(".notices__title", HTMLElement).textContent = text("page_notices");
  part(".notices__box", HTMLElement).hidden = verdict.notices.length === 0;
  part(".facts", HTMLElement).replaceChildren(...factsOf(verdict).flatMap(drawFact));
}

/** @param {{code: string, where: string}} finding */
function drawFinding({ code, where }) {
  const [item, place] = [document.createElement("li"), document.createElement("span")];
  place.className = "where";
  place.textContent = where;
  item.append(text(code).replace(/[：:]$/, ""), place);
  return item;
}

/** @param {Verdict} verdict @returns {[string, string, boolean][]} name, value, whether it is a hash */
function factsOf({ manifest, integrity, authorities, stamped, checkpoints }) {
  if (manifest === null) return [];
  const gaps = manifest.gaps.map((/** @type {any} */ each) => second(each.from_ms, each.to_ms)).join("  ");
  /** @type {[string, string, boolean][]} */
  const facts = [
    ["fact_started", manifest.started_at, false],
    ["fact_length", second(0, manifest.total_ms), false],
    ["fact_gaps", gaps || text("none"), false],
    ["fact_integrity", integrity, true],
  ];
  if (manifest.evidence) {
    facts.push(["fact_root", manifest.evidence.root, true]);
    facts.push(["fact_checkpoints", String(checkpoints), false]);
    facts.push(["fact_keys", manifest.keys.map((/** @type {any} */ each) => each.id).join("  "), true]);
    facts.push(["fact_stamps", stamped.map((each) => each.toISOString()).join("  ") || text("none"), false]);
    if (authorities.length > 0) facts.push(["fact_authority", authorities.join("  "), true]);
  }
  return facts;
}

/** @param {[string, string, boolean]} fact */
function drawFact([name, value, hashed]) {
  const [term, said] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = text(name);
  said.textContent = value;
  said.classList.toggle("hash", hashed);
  return [term, said];
}

async function run() {
  if (chosen.length === 0) return;
  const progress = part(".progress", HTMLElement);
  part(".verdict", HTMLElement).hidden = true;
  const files = new Map(chosen.filter(liesOnTop).map((each) => [each.name, each]));
  const told = (/** @type {string} */ file) => {
    progress.textContent = text("page_reading", { file });
  };
  try {
    shown = await verify(files, part(".receipt", HTMLInputElement).value, told);
    progress.textContent = "";
    drawVerdict(shown);
  } catch {
    shown = null;
    progress.textContent = text("page_failed");
  }
}

/** Files of further directories belong to something else. @param {File} file */
const liesOnTop = ({ webkitRelativePath }) => webkitRelativePath.split("/").length <= 2;

part(".choose", HTMLInputElement).addEventListener("change", (event) => {
  const input = event.currentTarget;
  chosen = input instanceof HTMLInputElement ? [...(input.files ?? [])] : [];
  run();
});
part(".receipt", HTMLInputElement).addEventListener("change", run);
part("form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
part(".top__language", HTMLButtonElement).addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  drawWords();
});
drawWords();
