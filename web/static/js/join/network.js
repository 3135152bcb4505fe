/** How the line to the court is, in one word and one figure; knows no page. */

/** @typedef {"ok" | "weak" | "lost"} Line */

const PROBES = 5;
const GOOD_MS = 200;
const TIMEOUT_MS = 4000;

/**
 * Times a few small requests; the middle one counts, so that a single hiccup does not.
 * @returns {Promise<{line: Line, ms: number}>}
 */
export async function probeNetwork() {
  /** @type {number[]} */
  const times = [];
  for (let n = 0; n < PROBES; n += 1) {
    const started = performance.now();
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      times.push(performance.now() - started);
    } catch {
      times.push(Number.POSITIVE_INFINITY);
    }
  }
  times.sort((a, b) => a - b);
  const ms = times[Math.floor(PROBES / 2)] ?? Number.POSITIVE_INFINITY;
  if (!Number.isFinite(ms)) return { line: "lost", ms: 0 };
  return { line: ms <= GOOD_MS ? "ok" : "weak", ms: Math.round(ms) };
}
