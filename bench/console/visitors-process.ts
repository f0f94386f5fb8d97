/**
 * The pages that are open: each listens to events and asks what the overview asks. Those who look have machines of their
 * own, so this process steps back behind what is measured.
 */
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Opens pages of a console. They are closed with the next message, which is answered with what they have seen. */
export interface OpenPages {
  readonly consoleUrl: string;
  readonly pages: number;
}

/** How many answers of the console and events the pages took in. */
export interface VisitorsAnswer {
  readonly seen: number;
}

/** The lowest priority of a process. */
const LAST = 19;
/** How often a page asks for the numbers at its head and the lanes that it shows. */
const ASK_EVERY_MS = 2_000;
const TOPICS = 'topic=run-start&topic=run&topic=decision&topic=warning&topic=audit';
const LANES = 12;

let close: (() => Promise<VisitorsAnswer>) | null = null;

setPriority(LAST);
process.on('message', (request: OpenPages | 'close') => {
  if (request !== 'close') close = open(request);
  else void close?.().then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit());

function open({ consoleUrl, pages }: OpenPages): () => Promise<VisitorsAnswer> {
  const seen = { count: 0 };
  const closing = new AbortController();
  const looking = Array.from({ length: pages }, (_, page) =>
    look({ url: consoleUrl, page, seen, signal: closing.signal }),
  );
  return async () => {
    closing.abort();
    await Promise.all(looking);
    return { seen: seen.count };
  };
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
