/** What the verifier tells besides: nothing broke, yet whoever relies on the recording ought to know of it. */
import { moment } from "./spans.js";

/** @typedef {import("./evidence.js").Entry} Entry */

/** Each jump of the wall clock at its second of the sitting. @param {Entry[]} events */
export function noticesIn(events) {
  return events
    .filter(({ kind, payload }) => kind === "clock_jumped" && Number.isInteger(payload.jump_ms))
    .map(({ offset_ms, payload: { jump_ms: jump } }) => ({
      code: "clock_jumped",
      where: `${moment(offset_ms)}, ${jump < 0 ? "-" : "+"}${(Math.abs(jump) / 1000).toFixed(3)} s`,
    }));
}
