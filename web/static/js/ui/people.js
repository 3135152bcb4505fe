/** The panel 人员: who waits, who is here, who is outside, who is missing. Knows no sockets. */
import { find, fromTemplate } from "../find.js";
import { clock, t } from "../i18n.js";
import { icon } from "../icons.js";
import { absent, hasStarted, here, isApart, isPresider, may, outside } from "../room/rules.js";
import { signalStates } from "./outside.js";
import { box, keep, mark, onChange, say, show } from "./parts.js";
import { drawStates, introduce, lineState, sinceWords } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */
/** @typedef {import("../../../types/protocol").Waiting} Waiting */
/**
 * @typedef {{admit: (id: string) => unknown, refuse: (id: string, name: string) => unknown, verify: (id: string, yes: boolean) => unknown,
 *   mute: (person: Person) => unknown, menu: (person: Person) => unknown}} Acts
 */

const DEVICES = /** @type {const} */ (["camera", "microphone", "speaker", "network"]);

export class People {
  #acts;

  /** @param {Acts} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {RoomModel} model @param {RoomView} view @param {number} now */
  render(model, view, now) {
    this.#waiting(view, now);
    this.#list(
      "here",
      here(view),
      model,
      view,
      view.caucus?.mine ? "room.people.in_caucus" : "room.people.here",
    );
    this.#list("outside", outside(view), model, view, "room.people.outside");
    this.#list("absent", isPresider(view) ? absent(view) : [], model, view, "room.people.absent");
  }

  /** @param {RoomView} view @param {number} now */
  #waiting(view, now) {
    show(box("lobby-list"), isPresider(view));
    if (!isPresider(view)) return;
    say(box("lobby-count"), t("room.people.lobby", { n: view.waiting.length }));
    show(box("lobby-empty"), view.waiting.length === 0);
    const all = document.querySelector('[data-act="admit-all"]');
    if (all instanceof HTMLElement) show(all, view.waiting.filter((each) => each.connected).length > 1);
    const make = (/** @type {Waiting} */ each) => this.#makeWaiting(each);
    keep(
      box("lobby-people"),
      view.waiting,
      (each) => each.participant,
      make,
      (element, each) => {
        introduce(element, each, view.session.matter.track);
        const since = sinceWords("room.people.since", each.since, now);
        drawStates(box("line", element), [
          each.connected
            ? { word: since }
            : { kind: "lost", icon: "signal-lost", word: t("room.people.gone") },
        ]);
        drawStates(box("devices", element), [...again(each), ...deviceStates(each)]);
        find('[data-act="verify"]', HTMLInputElement, element).checked = each.verified;
      },
    );
  }

  /** @param {Waiting} each */
  #makeWaiting(each) {
    const element = fromTemplate("#waiting-piece", HTMLElement);
    const on = (/** @type {string} */ act, /** @type {(target: HTMLElement) => unknown} */ run) => {
      const target = element.querySelector(`[data-act="${act}"]`);
      if (!(target instanceof HTMLElement)) return;
      target.addEventListener(act === "verify" ? "change" : "click", () => run(target));
    };
    on("admit", () => this.#acts.admit(each.participant));
    on("refuse", () => this.#acts.refuse(each.participant, each.name));
    on("verify", (tick) =>
      this.#acts.verify(each.participant, tick instanceof HTMLInputElement && tick.checked),
    );
    return element;
  }

  /** @param {string} name @param {Person[]} people @param {RoomModel} model @param {RoomView} view @param {string} title */
  #list(name, people, model, view, title) {
    const section = document.querySelector(`[data-part="${name}-list"]`);
    if (section instanceof HTMLElement) show(section, people.length > 0);
    say(box(`${name}-count`), t(title, { n: people.length }));
    const make = () => fromTemplate("#person-piece", HTMLElement);
    keep(
      box(`${name}-people`),
      people,
      (each) => each.participant,
      make,
      (element, person) => {
        introduce(element, person, view.session.matter.track);
        drawStates(box("line", element), personStates(person, model, view));
        this.#buttons(box("acts", element), person, view);
      },
    );
  }

  /** @param {HTMLElement} acts @param {Person} person @param {RoomView} view */
  #buttons(acts, person, view) {
    const inCharge = may(view, "mute_others") && !person.you && person.connected && !person.presider;
    onChange(acts, `${inCharge} ${isApart(view, person)} ${JSON.stringify(person)}`, () => {
      acts.replaceChildren();
      if (!inCharge) return;
      if (person.microphone && !isApart(view, person))
        acts.append(
          button("mic", t("room.people.mute", { name: person.name }), () => this.#acts.mute(person)),
        );
      acts.append(
        button("more", t("room.people.more", { name: person.name }), () => this.#acts.menu(person)),
      );
    });
  }
}

/** @param {Waiting | Person} each @returns {(import("./words.js").State)[]} the link was used on one more device */
const again = (each) => (each.again ? [{ kind: "weak", icon: "laptop", word: t("room.people.again") }] : []);

/** @param {Waiting} each @returns {(import("./words.js").State)[]} the result of the check, one word each */
function deviceStates(each) {
  const known = DEVICES.filter((name) => each.device[name]);
  if (known.length === 0) return [{ icon: "info", word: t("room.people.unchecked") }];
  const bad = known.filter((name) => each.device[name] === "problem");
  if (bad.length > 0)
    return bad.map((name) => ({ kind: "weak", icon: "alert", word: t(`room.check.${name}_problem`) }));
  return [{ kind: "ok", icon: "check", word: t("room.check.ok") }];
}

/** @param {Person} person @param {RoomModel} model @param {RoomView} view */
function personStates(person, model, view) {
  if (!person.connected) {
    if (!person.disconnected_at) return [...again(person), { word: t("room.people.not_yet") }];
    return [
      ...again(person),
      {
        kind: "lost",
        icon: "signal-lost",
        word: t("room.people.lost_since", { at: clock(person.disconnected_at) }),
      },
    ];
  }
  const level = person.you ? model.ownQuality : model.quality[person.participant];
  return [
    ...again(person),
    lineState(level, "long"),
    person.hand_at
      ? { kind: "weak", icon: "hand", word: t("room.hand_since", { at: clock(person.hand_at) }) }
      : null,
    ...signalStates(person),
    person.microphone_locked ? { icon: "lock", word: t("room.seat.muted_locked") } : null,
    unverified(person, view) ? { kind: "weak", icon: "alert", word: t("room.people.unverified") } : null,
  ];
}

/** @param {Person} person @param {RoomView} view */
const unverified = (person, view) =>
  isPresider(view) && !hasStarted(view) && person.side !== "neutral" && person.verified === false;

/** @param {string} name @param {string} label @param {() => unknown} run */
function button(name, label, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "iconbtn";
  element.title = label;
  mark(element, "aria-label", label);
  element.append(icon(name, "i--lg"));
  element.addEventListener("click", run);
  return element;
}
