/** The clients of the server, and the pages that are open: each listens to events and asks what the overview asks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { distribution } from '../distribution.ts';

export interface VisitorsRequest {
  readonly hostUrl: string;
  readonly consoleUrl: string | null;
  readonly pages: number;
  readonly durationMs: number;
}

export interface VisitorsAnswer {
  readonly requestP99Ms: number;
  readonly requestP50Ms: number;
  readonly seen: number;
}

/** A request of the server begins so often, whether the last one has been answered or not. */
const REQUEST_EVERY_MS = 20;
const WARM_UP_MS = 1_000;
/** How often a page asks for the numbers at its head and the lanes that it shows. */
const ASK_EVERY_MS = 2_000;
const TOPICS = 'topic=run-start&topic=run&topic=decision&topic=warning&topic=audit';
const LANES = 12;

process.once('message', (request: VisitorsRequest) => {
  void visit(request).then((answer) => {
    process.send?.(answer, () => process.exit());
  });
});

async function visit({ hostUrl, consoleUrl, pages, durationMs }: VisitorsRequest): Promise<VisitorsAnswer> {
  const seen = { count: 0 };
  if (consoleUrl !== null) for (let page = 0; page < pages; page += 1) look(consoleUrl, page, seen);
  await ask(hostUrl, WARM_UP_MS);
  const taken = await ask(hostUrl, durationMs);
  const { p50, p99 } = distribution(taken);
  return { requestP50Ms: p50, requestP99Ms: p99, seen: seen.count };
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

/** One page, as long as this process lives. */
function look(url: string, page: number, seen: { count: number }): void {
  void (async () => {
    const events = await fetch(`${url}/api/events?${TOPICS}`);
    for await (const _chunk of events.body ?? []) seen.count += 1;
  })();
  void (async () => {
    // Ten people do not look at the same instant.
    await sleep((page * ASK_EVERY_MS) / 10);
    for (;;) {
      const nowMs = Date.now();
      const keys = Array.from({ length: LANES }, (_, lane) => `key=${encodeURIComponent(`empty/schedule-${lane}`)}`);
      const span = `since=${nowMs - 900_000}&until=${nowMs + 300_000}&limit=60`;
      for (const path of ['/api/overview', `/api/schedules?limit=${LANES}`, `/api/lanes?${keys.join('&')}&${span}`]) {
        const answer = await fetch(url + path);
        await answer.text();
        if (answer.ok) seen.count += 1;
      }
      await sleep(ASK_EVERY_MS);
    }
  })();
}
