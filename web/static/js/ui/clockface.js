/** The scheduled clock of the lobby: hands, and the span that is left. Knows no room. */
import { clock, t } from "../i18n.js";
import { mark, part, say } from "./parts.js";
import { stretch } from "./words.js";

const HALF_DAY_MS = 43_200_000;
const HOUR_MS = 3_600_000;
const EAST_8_MS = 8 * HOUR_MS;

/** @param {number} now @param {number} start both server clock, ms */
export function drawClock(now, start) {
  const today = (now + EAST_8_MS) % HALF_DAY_MS;
  turn("clock-hour", (today / HALF_DAY_MS) * 360);
  turn("clock-minute", ((now % HOUR_MS) / HOUR_MS) * 360);
  mark(part("clock-span", SVGPathElement), "d", spanPath(now, start));
  mark(
    part("clock-face", SVGElement),
    "aria-label",
    t("room.lobby.clock", { at: clock(new Date(now).toISOString()) }),
  );
  say(part("clock-now", HTMLElement), clock(new Date(now).toISOString()));
  say(part("clock-left", HTMLElement), leftWords(start - now));
}

/** @param {string} name @param {number} degrees */
const turn = (name, degrees) =>
  mark(part(name, SVGElement), "transform", `rotate(${degrees.toFixed(1)} 60 60)`);

/** @param {number} left ms */
function leftWords(left) {
  if (left < 0) return t("room.lobby.soon");
  return t("room.lobby.left", { long: stretch(left + 59_999) });
}

/** @param {number} now @param {number} start @returns {string} the sector from the minute hand to the start, within the hour */
function spanPath(now, start) {
  const left = start - now;
  if (left <= 0 || left >= HOUR_MS) return "";
  const [from, to] = [point(now), point(start)];
  return `M60 60 L${from} A54.3 54.3 0 ${left > HOUR_MS / 2 ? 1 : 0} 1 ${to} Z`;
}

/** @param {number} at */
function point(at) {
  const angle = ((at % HOUR_MS) / HOUR_MS) * 2 * Math.PI;
  return `${(60 + 54.3 * Math.sin(angle)).toFixed(2)} ${(60 - 54.3 * Math.cos(angle)).toFixed(2)}`;
}
