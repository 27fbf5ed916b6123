// What the server's route says of a run, asked for by one loop for each run and page, however many components show it.

const SECONDS_HIDDEN = 3; // shortest interval while the page is in the background
const SECONDS_SLOW = { active: 2, ended: 5 }; // shortest intervals for those that show only the state
const SLOWEST_RETRY = 10; // seconds
const TIMEOUT = 15_000; // milliseconds
const KEPT = 1000; // milliseconds that a loop waits for its next user, because new data ends a component first
const MOST_RECORDS = 1500; // then all are asked for again, of which the server sends a sample
const ACTIVE = ["queued", "training"];
export const LOST = "Connection lost; trying again";

const loops = new Map(); // by run
// Pages are one level deep, and the server redirects other forms of their addresses.
const base = document.baseURI;

const scriptIsRunning = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "running";

export const isActive = (status) => ACTIVE.includes(status);

/** Where the server finds `path`, below its base path. */
export const address = (path) => new URL(path, base).href;

function createLoop(run) {
  const users = new Set();
  const asked = { status: null, count: 0, at: 0 }; // for a script run
  const seen = { state: null, all: null, records: [], lost: false };
  let [busy, failures, timer, tag, tagged] = [false, 0, 0, null, null];

  const wantsAll = () => [...users].some(({ all }) => all);

  function take(answer, all, since) {
    seen.state = answer;
    if (!all) return;
    const added = answer.records;
    seen.records = since === 0 || answer.reset ? added : added.length ? [...seen.records, ...added] : seen.records;
    seen.all = answer;
  }

  async function ask() {
    const all = wantsAll();
    const since = seen.records.length > MOST_RECORDS ? 0 : (seen.records.at(-1)?.[0] ?? 0);
    const url = address(`live/${run}?${all ? `since=${since}` : "only=state"}`);
    const headers = tagged === url ? { "If-None-Match": tag } : {};
    const response = await fetch(url, { cache: "no-store", headers, signal: AbortSignal.timeout(TIMEOUT) });
    if (response.status === 304) return;
    if (response.status !== 200 && response.status !== 404) throw new Error(`status ${response.status}`);
    const answer = await response.json();
    if (isActive(answer.status)) asked.status = null;
    if (response.status === 404) seen.state = { status: "gone", label: answer.problem };
    else take(answer, all, since);
    [tag, tagged] = [response.headers.get("ETag"), url];
  }

  function forget() {
    [seen.state, seen.all, tagged] = [null, null, null];
  }

  function seconds() {
    if (failures) return Math.min(SLOWEST_RETRY, 2 ** (failures - 1));
    if (wantsAll() && !seen.all && seen.state?.status !== "gone") return 0; // a user has come meanwhile
    const slow = isActive(seen.state?.status) ? SECONDS_SLOW.active : SECONDS_SLOW.ended;
    return Math.max(
      seen.state?.interval ?? 1,
      [...users].some(({ all }) => all) ? 0 : slow,
      document.hidden ? SECONDS_HIDDEN : 0
    );
  }

  async function wake() {
    clearTimeout(timer);
    if (busy || !users.size) return;
    busy = true;
    try {
      await ask();
      failures = 0;
    } catch {
      failures += 1; // no answer, or not one of this server
    }
    busy = false;
    seen.lost = failures > 0;
    for (const user of [...users]) user.show(seen);
    clearTimeout(timer);
    if (users.size) timer = setTimeout(wake, 1000 * seconds());
  }

  /** Whether to ask for a script run, because the page shows another status: less and less often for the same one. */
  function mayAsk(status) {
    if (scriptIsRunning()) return false; // it may show that status, as after a click on Stop, and would be cut off
    if (asked.status !== status) Object.assign(asked, { status, count: 0, at: -Infinity });
    const now = performance.now();
    if (now - asked.at < Math.min(60, 5 * 2 ** (asked.count - 1)) * 1000) return false;
    Object.assign(asked, { count: asked.count + 1, at: now });
    return true;
  }

  function leave(user) {
    users.delete(user);
    setTimeout(() => {
      if (users.size || loops.get(run) !== loop) return;
      clearTimeout(timer);
      loops.delete(run);
    }, KEPT);
  }

  const loop = {
    wake,
    mayAsk,
    join(user, signal) {
      users.add(user);
      if (!isActive(seen.state?.status)) forget(); // it may have been continued
      signal.addEventListener("abort", () => leave(user));
      if (user.all ? seen.all : seen.state) user.show(seen);
      if (users.size === 1 || (user.all && !seen.all)) wake();
    },
  };
  return loop;
}

/**
 * Calls `show({ state, all, records, lost })` after each answer until `signal` ends: the last state, the last whole
 * answer (null before the first), all records so far, and whether the server does not answer.
 *
 * Set `all` to false for those that show only the state. Returns `mayAsk(status)`.
 */
export function watch(run, signal, show, all = true) {
  if (!loops.has(run)) loops.set(run, createLoop(run));
  const loop = loops.get(run);
  loop.join({ show, all }, signal);
  return loop.mayAsk;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const loop of loops.values()) loop.wake();
});
