/** The whole page drawn from the model: one method, called whenever the model changed and once a second for the clocks. */
import { rehearsal } from "../room/rehearsal.js";
import { screenOf } from "../room/rules.js";
import { Apart } from "./apart.js";
import { Bar } from "./bar.js";
import { CaptionStrip } from "./captions.js";
import { Chat } from "./chat.js";
import { Companion } from "./companion.js";
import { Frame } from "./frame.js";
import { Gaze } from "./gaze.js";
import { HaltPage } from "./halt.js";
import { Knock } from "./knock.js";
import { Lobby } from "./lobby.js";
import { Missed } from "./missed.js";
import { Notices } from "./notices.js";
import { Opening } from "./opening.js";
import { Panel } from "./panel.js";
import { People } from "./people.js";
import { Screens } from "./screens.js";
import { Settings } from "./settings.js";
import { Stage } from "./stage.js";
import { Top } from "./top.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} View */
/**
 * @typedef {{notices: ConstructorParameters<typeof Notices>[0], missed: ConstructorParameters<typeof Missed>[0],
 *   giveSignal: ConstructorParameters<typeof Companion>[0],
 *   people: ConstructorParameters<typeof People>[0],
 *   opening: ConstructorParameters<typeof Opening>[0], halt: ConstructorParameters<typeof HaltPage>[0],
 *   choosePanel: ConstructorParameters<typeof Panel>[0], sendChat: ConstructorParameters<typeof Chat>[0],
 *   renewDevice: ConstructorParameters<typeof Settings>[0], useData: ConstructorParameters<typeof Settings>[1],
 *   captions: ConstructorParameters<typeof CaptionStrip>[0],
 *   onSoundBlocked: (blocked: boolean) => void, pointTo: import("./paper.js").PointTo}} Handlers
 */

export class RoomPage {
  gaze = new Gaze();
  screens = new Screens();
  knock = new Knock();
  chat;
  settings;
  stage;
  #lobby = new Lobby();
  #companion;
  #apart = new Apart();
  #top = new Top();
  #frame = new Frame();
  #bar = new Bar();
  #captions;
  #notices;
  #missed;
  #people;
  #opening;
  #panel;
  #halt;

  /** @param {Handlers} handlers what happens when something is pressed */
  constructor(handlers) {
    this.#companion = new Companion(handlers.giveSignal);
    this.#notices = new Notices(handlers.notices);
    this.#missed = new Missed(handlers.missed);
    this.#people = new People(handlers.people);
    this.#opening = new Opening(handlers.opening);
    this.#halt = new HaltPage(handlers.halt);
    this.#panel = new Panel(handlers.choosePanel);
    this.#captions = new CaptionStrip(handlers.captions);
    this.chat = new Chat(handlers.sendChat);
    this.settings = new Settings(handlers.renewDevice, handlers.useData);
    this.stage = new Stage(handlers.onSoundBlocked, handlers.pointTo);
  }

  /** @param {RoomModel} model @param {number} now server clock, ms */
  render(model, now) {
    const screen = screenOf(model);
    this.stage.hear(model);
    this.screens.show(screen);
    this.screens.link(model);
    this.settings.render(model);
    this.#captions.renderSettings(model);
    if (screen === "halt") this.#halt.render(model);
    if (!model.view) return;
    if (screen === "lobby") this.#lobby.render(model, model.view, now);
    if (screen === "apart") this.#apart.render(model.view, now);
    if (screen === "companion") this.#companion.render(model, model.view, now);
    if (screen === "room") this.#room(model, model.view, now);
    this.gaze.watch(screen === "room" ? this.stage.pictures : []);
  }

  /** @param {RoomModel} model a room of nobody is drawn where it is not seen: the first real one is drawn sooner then */
  rehearse(model) {
    const view = rehearsal();
    this.screens.rehearse("room");
    this.#room({ ...model, view }, view, Date.now());
  }

  /** @param {RoomModel} model @param {View} view @param {number} now */
  #room(model, view, now) {
    this.#top.render(model, view, now);
    this.#notices.render(model, view);
    this.#missed.render(model, view);
    this.knock.render(view);
    this.#frame.render(view, now);
    this.stage.render(model, view, now);
    this.#captions.render(model, view);
    this.#bar.render(model, view);
    this.#people.render(model, view, now);
    this.#opening.render(view);
    this.chat.render(model, view);
    this.#panel.render(model, view);
  }
}
