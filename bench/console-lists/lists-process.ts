/** A scheduler with very many schedules, whose lists somebody asks for over HTTP while its clock ticks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler } from '../../src/index.ts';
import { type Distribution, distribution } from '../distribution.ts';

export interface ListsRequest {
  readonly schedules: number;
  /** The path and the query of each list, by its name. */
  readonly lists: Readonly<Record<string, string>>;
  /** How often each list is asked for. */
  readonly times: number;
  /** How many visitors ask at a time while the lateness of ticks is measured. */
  readonly visitors: number;
  readonly durationMs: number;
}

export interface ListsFigures {
  /** From the request to the last byte of its answer, by the name of the list. */
  readonly answerMs: Readonly<Record<string, Distribution>>;
  /** Bytes of each answer. */
  readonly bytes: Readonly<Record<string, number>>;
  /** How late ticks are while nobody asks, and while all visitors do. */
  readonly quietTickMs: Distribution;
  readonly askedTickMs: Distribution;
}

const SETTLE_MS = 10_000;
const WARM_UP = 5;

process.once('message', (request: ListsRequest) => {
  void measure(request).then((figures) => {
    process.send?.(figures, () => process.exit());
  });
});

async function measure(request: ListsRequest): Promise<ListsFigures> {
  const { schedules, lists, times, visitors, durationMs } = request;
  const scheduler = await createScheduler({
    plugins: [{ module: './lists-plugin.ts', options: { schedules } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 1, maxThreads: 1 },
    logger: { level: 'silent' },
    console: { port: 0 },
  });
  let ticks: number[] = [];
  scheduler.on('run', ({ lateness }) => ticks.push(lateness.tickMs));
  await scheduler.start();
  const url = scheduler.console?.url ?? '';
  await sleep(SETTLE_MS);

  ticks = [];
  await sleep(durationMs);
  const quietTickMs = distribution(ticks);

  const answerMs: Record<string, Distribution> = {};
  const bytes: Record<string, number> = {};
  for (const [name, path] of Object.entries(lists)) {
    const taken: number[] = [];
    for (let time = -WARM_UP; time < times; time += 1) {
      const fromMs = performance.now();
      bytes[name] = await lengthOf(url + path);
      if (time >= 0) taken.push(performance.now() - fromMs);
    }
    answerMs[name] = distribution(taken);
  }

  ticks = [];
  const untilMs = performance.now() + durationMs;
  await Promise.all(Array.from({ length: visitors }, (_, visitor) => visit(url, { lists, visitor, untilMs })));
  const askedTickMs = distribution(ticks);
  await scheduler.stop({ drainMs: 0 });
  return { answerMs, bytes, quietTickMs, askedTickMs };
}

/** One visitor, who asks for one list after the other without a pause. */
async function visit(
  url: string,
  { lists, visitor, untilMs }: Pick<ListsRequest, 'lists'> & { readonly visitor: number; readonly untilMs: number },
): Promise<void> {
  const paths = Object.values(lists);
  for (let turn = visitor; performance.now() < untilMs; turn += 1) await lengthOf(url + paths[turn % paths.length]);
}

async function lengthOf(url: string): Promise<number> {
  const answer = await fetch(url);
  const body = await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
  return body.byteLength;
}
