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
/** @typedef {{body: HTMLElement, title: string, appear: () => void}} Room */

/** @type {Promise<Room | null> | null} the room, built behind the letter while the letter is read */
let ahead = null;
/** @type {Room | null} the same once it stands */
let built = null;

/**
 * While the rules are read: build the room behind the letter.
 * @param {HTMLFormElement} form
 */
export async function prepare(form) {
  if (ahead) return;
  void warmUp();
  ahead = build(`${new URL(form.action).pathname}/room`);
  built = await ahead;
}

/**
 * The last step is on the screen: lay the line to the door.
 * @param {HTMLFormElement} form
 */
export function knock(form) {
  void prepare(form);
  signaling.knock(new URL(form.action).pathname.split("/").pop() ?? "");
}

/** @param {string} address @returns {Promise<Room | null>} laid out, not to be seen, and not to be reached by any key */
async function build(address) {
  const answer = await fetched("GET", address);
  if (answer?.status !== 200 || !answer.responseXML) return null;
  const next = answer.responseXML;
  await dress(next);
  const body = document.adoptNode(next.body);
  body.classList.add("is-ahead");
  body.inert = true;
  document.documentElement.append(body);
  try {
    const { appear, rehearse } = await import("../room-page.js");
    rehearse();
    return { body, title: next.title, appear };
  } catch {
    body.remove(); // a part has not come: the room is opened as a page of its own then
    return null;
  }
}

/**
 * Enters with what the form says.
 * @param {HTMLFormElement} form
 * @param {string[]} items what was decided, all of it agreed to
 * @returns {Promise<Arrival>} `elsewhere`: the server has another answer, which a submission by the browser shows;
 * `offline`: it has not been reached, or not answered
 */
export async function walkIn(form, items) {
  if (built && signaling.isAtTheDoor && (await enteredByLine(built, decisionsOf(form, items))))
    return "entered";
  return enterByForm(form);
}

/** @param {Room} room @param {Decisions} decisions @returns {Promise<boolean>} */
async function enteredByLine(room, decisions) {
  try {
    const { seat, ticket, greeted } = await signaling.enter(decisions);
    await soon(greeted.then(() => media.settled)); // the media find their way while the page is changed
    show(room, `/seats/${seat}`);
    void claim(seat, ticket); // until then a reload comes by the link again
    openDevices();
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
  if (answer.status !== 200 || !seat) return "elsewhere";
  const room = await ahead;
  if (!room) {
    location.replace(pathname);
    return "entered";
  }
  sitDown(seat);
  show(room, pathname);
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

/** @param {Room} room @param {string} address */
function show({ body, title, appear }, address) {
  // the link has done its work: it stays neither in the address bar nor in the history
  history.replaceState(null, "", address);
  document.title = title;
  document.body.remove(); // the letter's: the room's is the page's from now on
  body.classList.remove("is-ahead");
  body.inert = false;
  window.scrollTo(0, 0);
  appear();
}

/** @param {Document} next its style sheets come to this page, and nothing for a browser without scripts */
async function dress(next) {
  for (const unneeded of next.querySelectorAll("noscript")) unneeded.remove(); // parsed as if there were no scripts
  await Promise.all([...next.querySelectorAll("head > link[rel=stylesheet]")].map(wear));
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
