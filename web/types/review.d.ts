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
export interface Moment {
  seq: number; offset_ms: number; at: string; kind: string; actor: string; participant: string | null;
  details: Record<string, unknown>;
}
export interface ChatEntry { seq: number; offset_ms: number; at: string; participant: string; text: string }
export interface Review {
  session: string; recording: string; started_at: string; total_ms: number; recorded_ms: number;
  lanes: Lane[]; chat: ChatEntry[]; moments: Moment[]; gaps: GapCard[]; clips: Clip[];
}
/** What GET /viewings/{id}/integrity.json answers: every place where the evidence does not hold. */
export interface Integrity { findings: { code: string; where: string }[] }
