/** The clients of the server, and the pages that are open: each listens to events and asks what the overview asks. */
import { setTimeout as sleep } from 'node:timers/promises';

/** One window: the pages are open from its beginning to its end. */
export interface VisitorsRequest {
  readonly hostUrl: string;
  readonly consoleUrl: string | null;
  readonly pages: number;
  readonly durationMs: number;
}

export interface VisitorsAnswer {
  /** From each request to its answer. */
  readonly requestMs: readonly number[];
  readonly seen: number;
}

/** A request of the server begins so often, whether the last one has been answered or not. */
const REQUEST_EVERY_MS = 10;
const WARM_UP_MS = 500;
/** How often a page asks for the numbers at its head and the lanes that it shows. */
const ASK_EVERY_MS = 2_000;
const TOPICS = 'topic=run-start&topic=run&topic=decision&topic=warning&topic=audit';
const LANES = 12;

process.on('message', (request: VisitorsRequest) => {
  void visit(request).then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit());

async function visit({ hostUrl, consoleUrl, pages, durationMs }: VisitorsRequest): Promise<VisitorsAnswer> {
  const seen = { count: 0 };
  const closing = new AbortController();
  const open = consoleUrl === null ? [] : Array.from({ length: pages }, (_, page) => ({ url: consoleUrl, page }));
  const looking = open.map((one) => look({ ...one, seen, signal: closing.signal }));
  await ask(hostUrl, WARM_UP_MS);
  const requestMs = await ask(hostUrl, durationMs);
  closing.abort();
  await Promise.all(looking);
  return { requestMs, seen: seen.count };
}

async function ask(url: string, durationMs: number): Promise<number[]> {
  const taken: Promise<number>[] = [];
  const startMs = performance.now();
  for (let atMs = startMs; atMs < startMs + durationMs; atMs += REQUEST_EVERY_MS) {
    await sleep(Math.max(atMs - performance.now(), 0));
    taken.push(timed(url));
  }
  return Promise.all(taken);
}

async function timed(url: string): Promise<number> {
  const fromMs = performance.now();
  await (await fetch(url)).text();
  return performance.now() - fromMs;
}

interface Page {
  readonly url: string;
  readonly page: number;
  readonly seen: { count: number };
  readonly signal: AbortSignal;
}

/** One page, until it is closed. */
async function look(page: Page): Promise<void> {
  const isClosed = (): boolean => page.signal.aborted;
  const unlessClosed = (error: unknown): void => {
    if (!isClosed()) throw error;
  };
  await Promise.all([hear(page).catch(unlessClosed), poll(page).catch(unlessClosed)]);
}

async function hear({ url, seen, signal }: Page): Promise<void> {
  const events = await fetch(`${url}/api/events?${TOPICS}`, { signal });
  for await (const _chunk of events.body ?? []) seen.count += 1;
}

async function poll({ url, page, seen, signal }: Page): Promise<void> {
  // Ten people do not look at the same instant.
  await sleep((page * ASK_EVERY_MS) / 10, undefined, { signal });
  for (;;) {
    const nowMs = Date.now();
    const keys = Array.from({ length: LANES }, (_, lane) => `key=${encodeURIComponent(`empty/schedule-${lane}`)}`);
    const span = `since=${nowMs - 900_000}&until=${nowMs + 300_000}&limit=60`;
    for (const path of ['/api/overview', `/api/schedules?limit=${LANES}`, `/api/lanes?${keys.join('&')}&${span}`]) {
      const answer = await fetch(url + path, { signal });
      await answer.text();
      if (answer.ok) seen.count += 1;
    }
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}
