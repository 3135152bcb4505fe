/**
 * From the letter into the room without a change of page: what has been loaded stays loaded, the permission to hear and
 * be heard stays given, and the person is in at once. Knows neither letter nor room, only that the server answers a form
 * with the next page.
 */

/** Where a seat is; any other answer is for the browser to show. */
const SEAT = /^\/seats\/[^/]+$/;

/** @typedef {"entered" | "elsewhere" | "offline"} Arrival */

/**
 * Sends the form and, if the answer is a seat, becomes that page.
 * @param {HTMLFormElement} form
 * @returns {Promise<Arrival>} `elsewhere`: the server has another answer, which a submission by the browser shows;
 * `offline`: it has not been reached, or not answered
 */
export async function walkIn(form) {
  const answer = await sent(form);
  if (!answer) return "offline";
  const { status, responseURL, responseXML: next } = answer;
  if (status !== 200 || !next || !SEAT.test(new URL(responseURL).pathname)) return "elsewhere";
  // the link has done its work: it stays neither in the address bar nor in the history
  history.replaceState(null, "", responseURL);
  await become(next);
  return "entered";
}

/**
 * `XMLHttpRequest`, because it alone gives a page as a document: parsed by the browser, its scripts not run, no markup
 * from a string.
 * @param {HTMLFormElement} form
 * @returns {Promise<XMLHttpRequest | null>}
 */
function sent(form) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  return new Promise((done) => {
    request.addEventListener("load", () => done(request));
    request.addEventListener("error", () => done(null));
    request.send(new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)])));
  });
}

/** @param {Document} next */
async function become(next) {
  document.title = next.title;
  document.head.append(...next.querySelectorAll("head > meta[name=seat]"));
  const scripts = [...next.querySelectorAll("head > script[type=module]")];
  const begun = scripts.filter((script) => script.hasAttribute("async")).map(run);
  const dressed = [...next.querySelectorAll("head > link[rel=stylesheet]")].map(wear);
  for (const unneeded of next.querySelectorAll("noscript")) unneeded.remove(); // parsed as if there were no scripts
  await Promise.all(dressed);
  document.body.replaceWith(document.adoptNode(next.body));
  window.scrollTo(0, 0);
  await Promise.all([...begun, ...scripts.map(run)]);
}

/** @param {Element} script @returns {Promise<unknown>} a module that has run already does not run again */
const run = (script) => import(script.getAttribute("src") ?? "");

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
