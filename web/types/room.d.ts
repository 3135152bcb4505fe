/** What the room page's own modules hand to each other; nothing here goes over the wire. */
import type {
  Check, ChecklistItem, ChatLine, ClientEvents, DataUse, DeviceReport, MissedCard, Person, QualityLevel, RepeatMessage, Role, RoomView, Side, Signal,
  Source,
} from "./protocol";

/** A refusal of the server, or of the page itself (`offline`, `timeout`). */
export interface Problem { code: string; message: string; field: string | null }

/** How the signalling connection is; `since` is a local instant in ms. */
export type Link =
  | { state: "connecting" | "up"; since: number; attempt: number }
  | { state: "lost"; since: number; attempt: number };

/** Why the page is not (or no longer) in the room. */
export type Halt =
  | { kind: "seat_taken" | "taken_over" | "left" }
  | { kind: "refused"; problem: Problem }
  | { kind: "removed"; reason: string }
  | { kind: "ended"; outcome: string; session: string | null; matter: string | null };

export type DeviceFault = "denied" | "missing" | "busy" | "unsupported" | "failed";

/** One local source: what the person wants, what the device gives, why not. */
export interface LocalSource { on: boolean; track: MediaStreamTrack | null; fault: DeviceFault | null }

export type LocalSources = Record<Source, LocalSource>;

/** One remote track, and whose it is. */
export interface RemoteTrack { participant: string; source: Source; track: MediaStreamTrack; receiver: RTCRtpReceiver }

/** A line on its way; `caucus` (since when) is the place it was written for, null the joint room. */
export interface Unsent { line: string; text: string; caucus: string | null }

export type CaptionSize = "plain" | "large" | "largest";
/** A line of captions; `at`: local instant (ms) of its last change. */
export interface CaptionLine { participant: string; line: number; text: string; language: string; at: number }
export interface Captions { on: boolean; size: CaptionSize; lines: CaptionLine[] }

export interface RoomModel {
  link: Link;
  halt: Halt | null;
  view: RoomView | null;
  chat: ChatLine[];
  /** lines of ours that the server has not taken yet */
  unsent: Unsent[];
  unread: number;
  speaking: Set<string>;
  quality: Record<string, QualityLevel>;
  ownQuality: QualityLevel | null;
  /** whose line carries no pictures to them now, oneself among them */
  voicesOnly: string[];
  /** what this person is told of missed speech, and who was asked just now to say something again */
  missed: MissedCard[];
  repeat: RepeatMessage | null;
  /** what is shown of the materials, once its name and pages are here; and where the other side of the table points */
  paper: Paper | null;
  pointer: { x: number; y: number } | null;
  dataUse: DataUse;
  captions: Captions;
  local: LocalSources;
  remote: RemoteTrack[];
  silent: boolean;
  soundBlocked: boolean;
  mutedBy: Source | null;
  comeBack: boolean;
  /** muted when the caucus closed, and not unmuted since */
  hushed: boolean;
  sync: "pending" | "synced" | "failed" | null;
  problem: Problem | null;
  layout: "grid" | "speaker";
  panel: "people" | "chat" | null;
  /** server clock minus local clock, ms */
  clockOffset: number;
  /** local instant (ms) at which the newest view arrived */
  viewedAt: number;
}

/** An item that is shown; `shapes`: how each of its pages is shown, `none` while there is no copy. */
export interface Paper {
  document: string; title: string; side: Side; number: number | null;
  shapes: ("image" | "document" | "text" | "sound" | "film" | "none")[];
}
export interface PaperChoice { document: string; title: string; side: Side; number: number | null; pages: number; kept: boolean }

export type Screen = "connecting" | "lobby" | "room" | "companion" | "apart" | "halt";

/** What the person can do; every command may fail with a `Problem`, which is shown by whoever called. */
export interface Commands {
  toggle(source: "microphone" | "camera"): Promise<void>;
  share(): Promise<void>;
  hand(): Promise<void>;
  chat(line: Unsent): Promise<void>;
  leave(): Promise<void>;
  signal(signal: Signal, up: boolean): Promise<void>;
  takeOver(): Promise<void>;
  admit(participants: string[] | "all"): Promise<void>;
  refuse(participant: string, reason: string): Promise<void>;
  verify(participant: string, verified: boolean): Promise<void>;
  check(item: ChecklistItem, done: boolean): Promise<void>;
  start(): Promise<void>;
  mute(participant: string, source: Source, locked: boolean): Promise<void>;
  unlock(participant: string, source: Source): Promise<void>;
  toLobby(participant: string): Promise<void>;
  remove(participant: string, reason: string): Promise<void>;
  lock(locked: boolean): Promise<void>;
  suspend(reason: string): Promise<void>;
  goOnUnrecorded(reason: string): Promise<void>;
  resume(): Promise<void>;
  repeat(missed: number): Promise<void>;
  noted(missed: number): Promise<void>;
  openCaucus(side: Side, minutes: number): Promise<void>;
  closeCaucus(): Promise<void>;
  extendPromise(minutes: number): Promise<void>;
  seen(signal: ClientEvents["signal_seen"]): Promise<void>;
  showDocument(document: string): Promise<void>;
  hideDocument(): Promise<void>;
  turnPage(page: number): Promise<void>;
  point(x: number | null, y: number | null): void;
  conclude(form: ConcludeForm): Promise<void>;
  reportDevices(report: DeviceReport): Promise<void>;
}

export interface ConcludeForm { outcome: string; ground?: string; terms: string; reasons: string }

export type { Check, Person, Role, RoomView, Side, Source };
