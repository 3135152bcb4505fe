/** An item while it is put together: chosen files go at once, in pieces, with progress; copies appear when they are made. */
import { find, findAll, fromTemplate } from "./find.js";
import { t } from "./i18n.js";
import { LineLost, NotTaken, Sending } from "./upload/sending.js";

const POLL_MS = 1500;
const PICTURE_TRIES = 4;

const main = find("[data-uploads]", HTMLElement);
const list = find("[data-sending]", HTMLElement);
const words = find("[data-words]", HTMLFormElement);
const save = find("[data-save]", HTMLButtonElement);
const paths = { announce: main.dataset.uploads ?? "", pieces: main.dataset.upload ?? "" };

/** @type {Promise<unknown>} files go one after the other */
let last = Promise.resolve();
let refused = 0;
let waiting = 0;

/** @param {string} name @param {Element} row */
const partOf = (name, row) => find(`[data-part="${name}"]`, HTMLElement, row);

/** @param {File} file */
function take(file) {
  const row = fromTemplate("#sending-piece", HTMLLIElement);
  partOf("name", row).textContent = file.name;
  partOf("word", row).textContent = t("materials.js.waiting");
  list.append(row);
  list.hidden = false;
  waiting += 1;
  const sending = new Sending(file, paths, (sent) => draw(row, sent / Math.max(1, file.size)));
  partOf("again", row).addEventListener("click", () => queue(row, sending));
  queue(row, sending);
}

/** @param {HTMLElement} row @param {Sending} sending */
function queue(row, sending) {
  partOf("again", row).hidden = true;
  last = last.then(() => attempt(row, sending)).then(settle);
}

/** @param {HTMLElement} row @param {Sending} sending */
async function attempt(row, sending) {
  const word = partOf("word", row);
  word.textContent = t("materials.js.sending");
  try {
    await sending.send();
    draw(row, 1);
    word.textContent = t("materials.js.sent");
    waiting -= 1;
  } catch (error) {
    if (error instanceof LineLost) {
      word.textContent = t("materials.js.lost");
      partOf("again", row).hidden = false;
    } else if (error instanceof NotTaken) {
      word.textContent = error.message;
      row.classList.add("is-refused");
      refused += 1;
      waiting -= 1;
    } else throw error;
  }
}

/** When everything has come the page shows it; what was refused is read first. */
function settle() {
  if (waiting > 0) return;
  if (refused === 0) {
    words.requestSubmit(save);
    return;
  }
  if (list.querySelector("[data-go]")) return;
  const go = document.createElement("button");
  go.type = "button";
  go.className = "btn btn--small";
  go.dataset.go = "";
  go.textContent = t("materials.js.go_on");
  go.addEventListener("click", () => words.requestSubmit(save));
  const item = document.createElement("li");
  item.append(go);
  list.append(item);
}

/** @param {HTMLElement} row @param {number} share of the file, 0..1 */
function draw(row, share) {
  const percent = Math.round(share * 100);
  partOf("percent", row).textContent = `${percent}%`;
  find('[data-part="bar"]', SVGRectElement, row).setAttribute("width", String(percent * 2));
}

/** Copies are made while one reads on: each small picture comes when it is there. */
async function poll() {
  const pending = findAll('[data-state="preparing"]', HTMLElement);
  if (pending.length === 0) return;
  const response = await fetch(main.dataset.files ?? "", { headers: { Accept: "application/json" } });
  if (response.ok) for (const file of (await response.json()).files) appear(file);
  setTimeout(() => void poll().catch(() => setTimeout(poll, POLL_MS)), POLL_MS);
}

/** @param {{id: string, state: string, pages: number, first: number}} file */
function appear(file) {
  const item = document.querySelector(`[data-file="${file.id}"][data-state="preparing"]`);
  if (!(item instanceof HTMLElement) || file.state === "preparing") return;
  item.dataset.state = file.state;
  item.querySelector("[data-preparing]")?.remove();
  if (file.state !== "ready") return location.reload();
  const picture = document.createElement("img");
  picture.alt = "";
  const source = `${main.dataset.thumbs}/${file.first}`;
  let tries = PICTURE_TRIES;
  picture.addEventListener("error", () => {
    if (--tries > 0) setTimeout(() => picture.setAttribute("src", source), POLL_MS);
    else picture.remove();
  });
  picture.src = source;
  find(".mats__thumb", HTMLElement, item).replaceChildren(picture);
}

document.documentElement.classList.add("is-scripted");
for (const form of findAll("[data-pick]", HTMLFormElement)) {
  find("[data-plain]", HTMLButtonElement, form).hidden = true;
  const input = find("input[type=file]", HTMLInputElement, form);
  input.addEventListener("change", () => {
    for (const file of input.files ?? []) take(file);
    input.value = "";
  });
}
void poll();
