// Asks the server for the results of a sweep again and again.

import { address } from "../shared/live.js";

const SECONDS_HIDDEN = 3; // shortest interval while the page is in the background
const SLOWEST_RETRY = 10; // seconds
const TIMEOUT = 15_000; // milliseconds

/** Calls `take({ results, problem, lost })` after each answer, until `signal` ends. */
export function poll(sweep, signal, take) {
  let [failures, tag, timer] = [0, null, null];

  async function ask() {
    const headers = tag ? { "If-None-Match": tag } : {};
    const url = address(`live/sweeps/${encodeURIComponent(sweep)}`);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
    const response = await fetch(url, { cache: "no-store", headers, signal: limit });
    if (response.status === 304) return take({});
    const answer = await response.json();
    if (response.status === 404) return take({ problem: answer.problem });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    tag = response.headers.get("ETag");
    return take({ results: answer });
  }

  async function next() {
    clearTimeout(timer);
    let seconds = 1;
    try {
      seconds = await ask();
      failures = 0;
    } catch {
      if (signal.aborted) return;
      failures += 1;
      take({ lost: true });
      seconds = Math.min(SLOWEST_RETRY, 2 ** (failures - 1));
    }
    if (!signal.aborted) timer = setTimeout(next, 1000 * Math.max(seconds, document.hidden ? SECONDS_HIDDEN : 0));
  }

  document.addEventListener("visibilitychange", () => document.hidden || next(), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  timer = setTimeout(next, 500); // the page has just brought results
}
