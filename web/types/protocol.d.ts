/** Shapes of signaling/PROTOCOL.md; compared with signaling/messages.py by a test. */

export type Role = "applicant" | "respondent" | "third_party" | "agent" | "mediator" | "judge" | "clerk" | "filing" | "admin"
  | "party" | "organisation" | "auditor";
export type Side = "applicant" | "respondent" | "third" | "neutral";
export type Place = "outside" | "lobby" | "main" | "caucus" | "waiting" | "removed";
export type Source = "microphone" | "camera" | "screen";
export type Check = "ok" | "problem" | "unknown";
export type DataUse = "audio" | "low" | "full";
/** How large a picture stands on the screen, in px of the screen; 0 when it is not seen. */
export interface Tile { participant: string; source: "camera" | "screen"; height: number }
/** How much of a voice could be used in the last second, and whether a wanted picture moved. */
export interface Sound { participant: string; usable: number; moved: boolean | null }
export type QualityLevel = "good" | "weak" | "lost";
export type ChecklistItem =
  | "identity" | "discipline" | "rights" | "sham_mediation" | "recording" | "address" | "voluntary" | "content"
  | "consequences";
export type Permission =
  | "speak" | "show" | "share_screen" | "chat" | "raise_hand" | "admit" | "verify" | "start"
  | "mute_others" | "remove" | "lock" | "suspend" | "caucus" | "conclude" | "show_document";

export interface Refusal { error: string; message: string; field?: string }

export interface DeviceReport { camera: Check; microphone: Check; speaker: Check; network: Check }

/** What somebody who waits tells the mediator with one press. */
export type Signal = "ready" | "break" | "lawyer" | "unsafe";
export interface Given { signal: Signal; at: string; seen_at: string | null }

/** With whom one was from when to when; `until` is null for what lasts. */
export interface Stretch { since: string; until: string | null; place: "main" | "caucus" | "waiting"; people: string[]; recorded: boolean }

export interface Person {
  participant: string; name: string; role: Role; side: Side; you: boolean; presider: boolean;
  connected: boolean; disconnected_at: string | null; verified: boolean | null;
  microphone: boolean; camera: boolean; screen: boolean;
  microphone_locked: boolean; camera_locked: boolean; hand_at: string | null; with_other_side: boolean;
  again: boolean; signals: Given[];
}

export interface Waiting {
  participant: string; name: string; role: Role; side: Side; since: string;
  device: Partial<DeviceReport>; verified: boolean; connected: boolean; again: boolean;
}

export interface RoomView {
  version: number;
  session: {
    id: string; kind: string; state: string; starts_at: string; started_at: string | null;
    matter: { title: string; case_no: string | null; cause: string; period_end: string | null; track: string };
  };
  you: {
    participant: string; role: Role; side: Side; name: string; permissions: Permission[]; place: Place;
    microphone_locked: boolean; camera_locked: boolean; hand_at: string | null;
  };
  place: Place;
  people: Person[];
  waiting: Waiting[];
  audience: { people: string[]; recorder: boolean; captions: boolean };
  recording: { state: "off" | "on" | "paused"; since_ms: number | null; reason: string | null; ask: boolean };
  caucus: null | { mine: boolean; since: string; until: string | null; until_was: string | null; side: Side | null };
  document: null | { document: string; page: number; pages: number };
  captions: null | { language: string; on: boolean };
  ledger: Stretch[];
  suspended: null | { reason: string; since: string; until: string; missing: string[] };
  recalled: null | { until: string };
  locked: null | { reason: string };
  checklist: null | { item: ChecklistItem; done: boolean; at: string | null }[];
  missing: null | string[];
  safety: boolean;
  server_time: string;
}

export interface ChatLine {
  id: string; participant: string; name: string; side: Side; text: string; at: string; place: "main" | "caucus";
}

export interface HelloAnswer { ok: true; room: RoomView; chat: ChatLine[]; ice_servers: RTCIceServer[]; resumed: boolean; language: "zh" | "en" }
export interface OfferMessage { revision: number; sdp: string; tracks: Record<string, { participant: string; source: Source }> }
export interface QualityMessage { levels: Record<string, QualityLevel>; own: QualityLevel | null; voices_only: string[] }

/** Speech that `participant` missed of `whom`; `seconds` of speech since `since`; `over`: they hear again. */
export interface MissedCard {
  id: number; participant: string; whom: string; sense: "sound" | "picture"; since: string; seconds: number; over: boolean;
}
export interface MissedMessage { cards: MissedCard[] }
/** What a machine understood of somebody's voice; a line is written over until it is final. */
export interface CaptionMessage { participant: string; line: number; text: string; final: boolean; language: string }
export interface RepeatMessage { participant: string; name: string; presider: boolean }

/** What a page may say: event -> payload; a test compares it with signaling/messages.py. */
export interface ClientEvents {
  enter: { consents: Partial<Record<"c1" | "c2" | "c3" | "c4" | "c4b", true>>; devices: DeviceReport };
  hello: { take_over: boolean; page?: string };
  publish: { sdp: string; sources: Record<string, Source> };
  subscribed: { revision: number; sdp: string };
  trickle: { direction: "up" | "down"; candidate: string };
  resubscribe: { restart?: boolean };
  relays: Record<string, never>;
  looking: { tiles: Tile[]; data: DataUse };
  heard: { people: Sound[] };
  noted: { missed: number };
  devices: { microphone?: boolean; camera?: boolean; screen?: boolean };
  device_report: { camera: Check; microphone: Check; speaker: Check; network: Check };
  chat: { text: string; line?: string; caucus?: string | null };
  captions: { on: boolean };
  hand: { up: boolean };
  signal: { signal: Signal; up: boolean };
  leave: Record<string, never>;
  admit: { participants: string[] | "all" };
  refuse: { participant: string; reason: string };
  verify: { participant: string; verified: boolean };
  check: { item: ChecklistItem; done: boolean };
  start: Record<string, never>;
  mute: { participant: string; source: Source; locked: boolean };
  unlock: { participant: string; source: Source };
  to_lobby: { participant: string };
  remove: { participant: string; reason: string };
  lock: { locked: boolean };
  suspend: { reason: string };
  go_on_unrecorded: { reason: string };
  resume: Record<string, never>;
  repeat: { missed: number };
  open_caucus: { side: "applicant" | "respondent" | "third"; minutes: number };
  close_caucus: Record<string, never>;
  extend_promise: { minutes: number };
  signal_seen: { participant: string; signal: Signal; at: string };
  show_document: { document: string };
  hide_document: Record<string, never>;
  turn_page: { page: number };
  point: { x: number | null; y: number | null };
  conclude: { outcome: "agreed" | "partial" | "continue" | "failed"; ground?: string | null; terms: string; reasons: string };
}

/** What the server says by itself: event -> payload. */
export interface ServerEvents {
  room: RoomView;
  offer: OfferMessage;
  chat: ChatLine;
  caption: CaptionMessage;
  speaking: { participants: string[] };
  quality: QualityMessage;
  missed: MissedMessage;
  repeat: RepeatMessage;
  pointer: { x: number; y: number } | { x: null; y: null };
  muted: { source: Source; locked: boolean };
  renew: Record<string, never>;
  taken_over: Record<string, never>;
  removed: { reason: string };
  ended: { outcome: string; session?: string; matter?: string };
  sync: { state: "pending" | "synced" | "failed" };
}
