/** What GET /viewings/{id}/review.json answers (recordings/playback.py); times in ms from the start of the sitting. */

import type { Role, Side } from "./protocol";

export interface Span { from_ms: number; to_ms: number }
export interface Lane {
  participant: string; role: Role; side: Side; name: string; name_en: string;
  present: Span[]; speaking: Span[]; muted: Span[]; camera_off: Span[]; disconnected: Span[]; unheard: Span[];
}
/** One file: `index` is its number in the URL; it begins when the sitting is at `offset_ms`. */
export interface Clip {
  index: number; participant: string; source: "microphone" | "camera" | "screen"; media: "audio" | "video";
  codec: string; offset_ms: number; duration_ms: number;
}
export interface GapCard { from_ms: number; to_ms: number; reason: "caucus" | "suspended" | "fault" | "disk"; side: Side | null }
export interface Phase { kind: "joint" | "caucus" | "suspended"; from_ms: number; to_ms: number; side: Side | null }
export interface Moment {
  seq: number; offset_ms: number; at: string; kind: string; actor: string; participant: string | null;
  details: Record<string, unknown>;
}
export interface ChatEntry { seq: number; offset_ms: number; at: string; participant: string; text: string }
/** Lines of one further kind (mediation_server/services/review_sources.py); `words` fill `source.<kind>_line`. */
export interface TimedLine {
  offset_ms: number; to_ms: number | null; participant: string | null; text: string; words: Record<string, string | number>;
}
export interface Source { kind: string; icon: string; lines: TimedLine[] }
export interface Review {
  session: string; recording: string; started_at: string; total_ms: number; recorded_ms: number;
  lanes: Lane[]; chat: ChatEntry[]; moments: Moment[]; gaps: GapCard[]; phases: Phase[]; clips: Clip[];
  sources: Source[];
}
/** What GET /viewings/{id}/integrity.json answers: every place where the evidence does not hold. */
export interface Integrity { findings: { code: string; where: string }[] }
/** What GET /viewings/{id}/notes.json answers: the reader's own bookmarks. */
export interface Note { id: string; offset_ms: number; text: string }
/** A sheet of small pictures, one for every `every_ms`, row by row. */
export interface Sheet { every_ms: number; count: number; columns: number; width: number; height: number }
/** What GET /viewings/{id}/previews.json answers: how loud each voice was (0 to 100 for each step), small pictures. */
export interface Previews {
  state: "ready" | "pending" | "none"; step_ms: number; waves: Record<string, number[]>; sheets: Record<string, Sheet>;
}
