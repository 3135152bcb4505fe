/** The entry of the room page: joins signalling, media and the screen. What each of them knows stays with it. */
import { t } from "./i18n.js";
import { LevelMeter } from "./media/level.js";
import { Sounds } from "./media/sounds.js";
import { WakeLock } from "./media/wake-lock.js";
import { CaptionsChoice } from "./room/captions.js";
import { commandsFor } from "./room/commands.js";
import { Devices } from "./room/devices.js";
import { takeIn, takeView } from "./room/intake.js";
import { local, media, signaling } from "./room/line.js";
import { Looking } from "./room/looking.js";
import { moments } from "./room/moments.js";
import { watchPapers } from "./room/papers.js";
import { Promises } from "./room/reminders.js";
import { haltOf, screenOf } from "./room/rules.js";
import { Seeing } from "./room/seeing.js";
import { Store } from "./room/store.js";
import { watchSync } from "./room/sync.js";
import { Telling } from "./room/telling.js";
import { Writing } from "./room/writing.js";
import { Refused } from "./signaling.js";
import { actsOf, peopleActs } from "./ui/acts.js";
import { Announcer } from "./ui/announcer.js";
import { closeButtons } from "./ui/dialogs.js";
import { isLapsed } from "./ui/halt.js";
import { forgetNote } from "./ui/own-note.js";
import { box } from "./ui/parts.js";
import { RoomPage } from "./ui/room-view.js";
import { listenToKeys } from "./ui/shortcuts.js";

/** @typedef {import("../../types/room").Problem} Problem */
const store = new Store();
const commands = commandsFor({ signaling, local, store });
const writing = new Writing({ store, send: commands.chat, giveBack: (text) => page.chat.giveBack(text) });
const devices = new Devices({ local, store, commands, signaling });
const meter = new LevelMeter();
const sounds = new Sounds();
const wake = new WakeLock();
const promises = new Promises();
const seeing = new Seeing(commands.seen);
const announcer = new Announcer(box("announcer"));

/** @type {import("../../types/room").RoomView | null} the view whose moments have been told */
let known = null;
/** @param {() => Promise<unknown>} work @returns {Promise<Problem | null>} the refusal, if there was one; a bug stays a bug */
async function refusalOf(work) {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

/** @param {() => Promise<unknown>} work @returns {Promise<boolean>} whether it went well; a refusal is shown above the seats */
async function attempt(work) {
  const problem = await refusalOf(work);
  store.update({ problem });
  return problem === null;
}

/** @param {import("../../types/room").Halt} halt ends everything but the page */
function stop(halt) {
  if (halt.kind !== "seat_taken") signaling.close();
  media.close();
  telling.close();
  local.close();
  meter.watch(null);
  store.update({ halt, remote: [], local: { ...local.sources } });
}

const openChat = () => {
  store.update({ panel: "chat", unread: 0 });
  requestAnimationFrame(() => page.chat.focus());
};
const again = () => location.reload();
const isHere = () => document.body.classList.contains("page-room");
const world = {
  commands,
  store,
  attempt,
  refusalOf,
  openChat,
  toggle: (/** @type {"microphone" | "camera"} */ source) => devices.toggle(source),
  tryChime: () => void sounds.play("begin").then(() => devices.heard()),
  openSettings: () => page.settings.open(),
  retryDevices: () => devices.retry(),
  left: () => stop({ kind: "left" }),
  firstWaiting: () => store.model.view && page.knock.first(store.model.view),
};
const acts = actsOf(world);
const page = new RoomPage({
  people: peopleActs(world),
  opening: { check: (item, done) => attempt(() => commands.check(item, done)) },
  notices: {
    devicesOn: () => devices.comeBack(),
    unmute: () => attempt(() => devices.toggle("microphone")),
    unblock: () => page.stage.unblock(),
    settings: () => page.settings.open(),
    unlockRoom: () => attempt(() => commands.lock(false)),
    decide: () => acts.unrecorded?.(),
    dismiss: () => store.update({ problem: null }),
  },
  missed: {
    repeat: (card) => attempt(() => commands.repeat(card)),
    noted: (card) => attempt(() => commands.noted(card)),
  },
  halt: { takeOver: takeOver, enterAgain: again, stay: () => stop({ kind: "taken_over" }) },
  giveSignal: (signal, up) => attempt(() => commands.signal(signal, up)),
  choosePanel: (panel) => (panel === "chat" ? store.update({ panel, unread: 0 }) : store.update({ panel })),
  sendChat: (text) => writing.send(text),
  useData: (use) => looking.use(use),
  captions: new CaptionsChoice({ store, signaling }),
  renewDevice: (kind) => (kind === "speaker" ? page.stage.route() : devices.renew(kind)),
  onSoundBlocked: (soundBlocked) => store.update({ soundBlocked }),
  pointTo: (x, y) => commands.point(x, y),
});

const looking = new Looking({ signaling, gaze: page.gaze, store });
const telling = new Telling({ signaling, gaze: page.gaze, store });

/** From the other device to this one: at once when we are still connected, else through a fresh page. */
function takeOver() {
  if (store.model.halt?.kind !== "seat_taken") return again();
  store.update({ halt: null });
  return commands.takeOver();
}

/** @param {import("../../types/protocol").HelloAnswer} answer after the first hello, and after each reconnection */
function welcome({ room, chat, resumed }) {
  const before = known;
  store.update({ link: { state: "up", since: Date.now(), attempt: 0 }, halt: null, chat });
  if (room.session.state === "ended" || room.session.state === "cancelled") {
    return stop({ kind: "ended", outcome: "", session: null, matter: null });
  }
  store.update({ view: null });
  takeView(store, room);
  known = room;
  writing.again();
  page.gaze.again();
  telling.again();
  void devices.prepare();
  happen(before, room);
  if (resumed) devices.obey(room);
  else if (before) devices.tell();
}

/** @param {import("../../types/room").RoomView | null} before @param {import("../../types/room").RoomView} after */
function happen(before, after) {
  for (const moment of moments(before, after)) {
    announcer.say(t(`room.said.${moment.key}`, moment.params ?? {}));
    if (moment.sound) void sounds.play(moment.sound);
    if (moment.act) devices.at(moment.act);
  }
  void wake.keep(after.session.state !== "ended");
}

/** Behind the letter: what is probably seen first is drawn once. */
export const rehearse = () => page.rehearse(store.model);

/** The room has been built behind the letter, and now takes its place. */
export function appear() {
  draw();
  document.getElementById("main")?.focus({ preventScroll: true }); // where a reader goes on
}

function draw() {
  if (!isHere()) return;
  const { model } = store;
  page.render(model, store.now());
  const { track } = model.local.microphone;
  meter.watch(track?.enabled ? track : null);
  if (model.view && !model.halt && document.visibilityState === "visible") seeing.tell(model.view);
  if (model.view && promises.isDue(model.view, store.now())) {
    void sounds.play("promise");
    announcer.say(t("room.said.promise_due"));
  }
}

function takeTracks() {
  page.stage.expect(media.spare);
  store.update({ remote: media.tracks, local: { ...local.sources } });
}

/** A line that is back at once is not worth a word. */
function sayLost() {
  if (store.model.link.state !== "lost" || store.model.halt) return;
  void sounds.play("lost");
  announcer.say(t("room.said.line_lost"));
}

/** @param {string} name @param {(detail: any) => void} take */
const on = (name, take) =>
  signaling.addEventListener(name, (event) => take(/** @type {CustomEvent} */ (event).detail));

takeIn(store, signaling);
watchPapers(store);
on("welcome", welcome);
on("room", () => {
  const { view, link } = store.model;
  if (!view || link.state !== "up") return; // the view that comes before the answer to hello: `welcome` tells its moments
  if (known && view !== known) happen(known, view);
  known = view;
});
on("quality", ({ own }) => media.adapt(own));
on("muted", ({ source }) => {
  local.switchOff(source);
  store.update({ mutedBy: source });
});
on("lost", (attempt) => {
  media.pause();
  if (attempt === 0) setTimeout(sayLost, 1500);
});
on("renew", () => media.renew());
on("taken_over", () => stop({ kind: "taken_over" }));
on("removed", ({ reason }) => stop({ kind: "removed", reason }));
on("refused", (problem) => stop(haltOf(problem)));
on("ended", ({ outcome, session, matter }) => {
  if (store.model.view) forgetNote(store.model.view);
  media.close();
  local.close();
  if (outcome === "held") location.reload(); // the page of this seat says what follows, until the server lets go
  store.update({
    halt: { kind: "ended", outcome, session: session ?? null, matter: matter ?? null },
    remote: [],
  });
  if (session && store.model.halt && !isLapsed(store.model.halt)) watchSync(store, session);
  else signaling.close();
});
store.addEventListener("change", draw);
media.addEventListener("tracks", takeTracks);
meter.addEventListener("level", (event) => page.settings.level(/** @type {CustomEvent} */ (event).detail));
meter.addEventListener("silent", (event) =>
  store.update({ silent: /** @type {CustomEvent} */ (event).detail }),
);
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-act]") : null;
  if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return;
  void acts[button.dataset.act ?? ""]?.();
});
listenToKeys(
  (act) => void acts[act]?.(),
  () => screenOf(store.model) === "room",
);
closeButtons();
setInterval(draw, 1000);
draw();
takeTracks();
signaling.listened();
