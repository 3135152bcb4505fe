/**
 * From the letter into the room without a change of page: what has been loaded stays loaded, the permission to hear and
 * be heard stays given, and the person is in at once. Two ways: by the line, which waits at the door; or by the form, whose
 * answer is the next page. Knows no step of the letter.
 */
import { warmUp } from "../media/warm.js";
import { media, openDevices, signaling, sitDown } from "../room/line.js";
import { Refused } from "../signaling.js";

/** @typedef {"entered" | "elsewhere" | "offline"} Arrival */
/** @typedef {import("../../../types/protocol").ClientEvents["enter"]} Decisions */

/** Where a seat is; any other answer is for the browser to show. */
const SEAT = /^\/seats\/([^/]+)$/;
const CLAIMS = 3;
const PATIENCE_MS = 300;
/** What the room's page is made of: fetched and run now, it takes no time later. */
const PARTS = [
  "../ui/room-view.js",
  "../ui/acts.js",
  "../room/devices.js",
  "../room/telling.js",
  "../room/looking.js",
];

/** @type {Document | null} the room's page, fetched while the letter was read */
let ahead = null;

/**
 * The last step is on the screen: lay the line to the door and fetch the room's page.
 * @param {HTMLFormElement} form
 */
export async function prepare(form) {
  const { pathname } = new URL(form.action);
  signaling.knock(pathname.split("/").pop() ?? "");
  void warmUp();
  void Promise.all(PARTS.map((part) => import(part))); // what needs no room yet to be there
  const answer = await fetched("GET", `${pathname}/room`);
  if (answer?.status === 200) ahead = answer.responseXML;
}

/**
 * Enters with what the form says.
 * @param {HTMLFormElement} form
 * @param {string[]} items what was decided, all of it agreed to
 * @returns {Promise<Arrival>} `elsewhere`: the server has another answer, which a submission by the browser shows;
 * `offline`: it has not been reached, or not answered
 */
export async function walkIn(form, items) {
  if (ahead && signaling.isAtTheDoor && (await enteredByLine(ahead, decisionsOf(form, items))))
    return "entered";
  return enterByForm(form);
}

/** @param {Document} next @param {Decisions} decisions @returns {Promise<boolean>} */
async function enteredByLine(next, decisions) {
  try {
    const { seat, ticket, greeted } = await signaling.enter(decisions);
    void claim(seat, ticket);
    await soon(greeted.then(() => media.settled)); // the media find their way while the page is changed
    openDevices();
    await become(next, `/seats/${seat}`);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** @param {Promise<unknown>} what @returns {Promise<unknown>} not waited for for long */
const soon = (what) => Promise.race([what, new Promise((done) => setTimeout(done, PATIENCE_MS))]);

/** @param {HTMLFormElement} form @returns {Promise<Arrival>} */
async function enterByForm(form) {
  const fields = /** @type {[string, string][]} */ ([...new FormData(form)]);
  const answer = await fetched("POST", form.action, new URLSearchParams(fields));
  if (!answer) return "offline";
  const { pathname } = new URL(answer.responseURL);
  const seat = SEAT.exec(pathname)?.[1];
  if (answer.status !== 200 || !answer.responseXML || !seat) return "elsewhere";
  sitDown(seat);
  await become(answer.responseXML, pathname);
  return "entered";
}

/** @param {HTMLFormElement} form @param {string[]} items @returns {Decisions} */
function decisionsOf(form, items) {
  const said = new FormData(form);
  const consents = Object.fromEntries(items.map((item) => [item, said.get(item) === "yes"]));
  const devices = Object.fromEntries(
    ["camera", "microphone", "speaker", "network"].map((device) => [device, said.get(device)]),
  );
  return /** @type {Decisions} */ (/** @type {unknown} */ ({ consents, devices }));
}

/**
 * Buys the cookie of the seat, without which a reload finds no way back. Until then the line itself knows the person.
 * @param {string} seat @param {string} ticket
 */
async function claim(seat, ticket) {
  for (let tries = 0; tries < CLAIMS; tries += 1) {
    try {
      return await fetch(`/seats/${seat}/claim`, { method: "POST", body: new URLSearchParams({ ticket }) });
    } catch {
      // no network: once more
    }
  }
}

/**
 * `XMLHttpRequest`, because it alone gives a page as a document: parsed by the browser, its scripts not run, no markup
 * from a string.
 * @param {"GET" | "POST"} method @param {string} url @param {URLSearchParams | null} [body]
 * @returns {Promise<XMLHttpRequest | null>}
 */
function fetched(method, url, body = null) {
  const request = new XMLHttpRequest();
  request.open(method, url);
  request.responseType = "document";
  return new Promise((done) => {
    request.addEventListener("load", () => done(request));
    request.addEventListener("error", () => done(null));
    request.send(body);
  });
}

/** @param {Document} next @param {string} address */
async function become(next, address) {
  // the link has done its work: it stays neither in the address bar nor in the history
  history.replaceState(null, "", address);
  document.title = next.title;
  const scripts = [...next.querySelectorAll("head > script[type=module]")];
  const dressed = [...next.querySelectorAll("head > link[rel=stylesheet]")].map(wear);
  for (const unneeded of next.querySelectorAll("noscript")) unneeded.remove(); // parsed as if there were no scripts
  await Promise.all(dressed);
  document.body.replaceWith(document.adoptNode(next.body));
  window.scrollTo(0, 0);
  await Promise.all(scripts.map((script) => import(script.getAttribute("src") ?? "")));
}

/** @param {Element} sheet @returns {Promise<unknown>} */
function wear(sheet) {
  const href = sheet.getAttribute("href");
  if (document.querySelector(`link[rel=stylesheet][href="${href}"]`)) return Promise.resolve();
  return new Promise((done) => {
    sheet.addEventListener("load", done);
    sheet.addEventListener("error", done); // an unadorned room is a room
    document.head.append(document.adoptNode(sheet));
  });
}
