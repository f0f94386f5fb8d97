/** What a person can do to the lanes, and what is told about it afterwards: measured, not promised. */
import type { Lane } from './lane.ts';
import { SECOND_MS } from './measuring/start-journal.ts';
import { REPORT } from './server/jobs.ts';
import { duration, measured } from './showing/numbers.ts';

const BLOCK_MS = 2_000;
/** A process manager with a health check would be slower to kill a server that does not answer. */
const HANG_LIMIT_MS = 3_000;
const LOOP_ANSWER_LIMIT_MS = 10_000;
const REPLACEMENT_LIMIT_MS = 10_000;
const DOWN_MS = 2_000;
const EXPLAIN_LIMIT_MS = 5_000;
/** After a restart, what was missed is made up for. A busy machine takes longer. */
const CATCH_UP_MS = 1_000;
const CATCH_UP_LIMIT_MS = 10_000;
const JUST_DUE_MS = 500;

/** In the order in which a tour has them. */
export const ACT_KEYS = ['b', 'k', 'l', 's'] as const;
export type ActKey = (typeof ACT_KEYS)[number];

/** Where the acts take place. */
export interface Stage {
  readonly nodeCron: Lane;
  readonly escapement: Lane;
  /** Tells people what happens. */
  readonly note: (text: string) => void;
  /** Waits. Rejects when the demonstration ends meanwhile. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface Act {
  /** What the key does, as people read it. */
  readonly label: string;
  /** What has happened then, for a table. */
  readonly short: string;
  /** At least so long until its consequences are known. */
  readonly takesMs: number;
  readonly perform: (stage: Stage) => Promise<void>;
}

export const ACTS: Readonly<Record<ActKey, Act>> = {
  b: { label: 'block both main threads', short: 'main thread blocked', takesMs: BLOCK_MS, perform: block },
  l: { label: 'loop a job for ever', short: 'endless job', takesMs: HANG_LIMIT_MS + 1_000, perform: loop },
  s: { label: 'kill the supervisor thread', short: 'supervisor killed', takesMs: 1_500, perform: killSupervisor },
  k: {
    label: 'kill -9 both and restart',
    short: 'kill -9 and restart',
    takesMs: DOWN_MS + CATCH_UP_MS + 1_000,
    perform: killProcesses,
  },
};

async function block({ nodeCron, escapement, note, pause }: Stage): Promise<void> {
  const fromMs = Date.now();
  for (const lane of [nodeCron, escapement]) {
    lane.trouble = 'its main thread is blocked';
    lane.send({ do: 'block', forMs: BLOCK_MS });
  }
  note(`Both main threads compute for ${duration(BLOCK_MS)} and do nothing else.`);
  await pause(BLOCK_MS);
  for (const lane of [nodeCron, escapement]) lane.trouble = '';
  note(`Of the jobs due meanwhile, ${startsText(nodeCron, fromMs)}; ${startsText(escapement, fromMs)}.`);
}

async function loop({ nodeCron, escapement, note, pause }: Stage): Promise<void> {
  const fromMs = Date.now();
  nodeCron.send({ do: 'loop' });
  nodeCron.trouble = 'a job loops in its main thread';
  escapement.trouble = 'a job loops in one of its pool threads';
  note('A job that never ends has started in both lanes.');
  const inEscapement = escapement.ask({ do: 'loop' }, 'loop-ended', LOOP_ANSWER_LIMIT_MS).then((ended) => {
    escapement.trouble = '';
    note(
      ended === null
        ? `Escapement: the loop has not ended within ${duration(LOOP_ANSWER_LIMIT_MS)}. That is a bug.`
        : `Escapement: its budget ended the loop after ${duration(ended.tookMs)}: "${ended.outcome}". The server went on.`,
    );
  });
  await pause(HANG_LIMIT_MS);
  await nodeCron.kill();
  note(
    `node-cron: the server answered nobody for ${duration(Date.now() - fromMs)}, so we killed it. Nothing else would have.`,
  );
  await nodeCron.start();
  await inEscapement;
  note(`Of the jobs due meanwhile, ${startsText(nodeCron, fromMs)}; ${startsText(escapement, fromMs)}.`);
}

async function killSupervisor({ escapement, note, pause }: Stage): Promise<void> {
  const fromMs = Date.now();
  const replaced = await escapement.ask({ do: 'kill-supervisor' }, 'supervisor-replaced', REPLACEMENT_LIMIT_MS);
  if (replaced === null) {
    note('Escapement: the supervisor thread was not replaced. Node 22.20 or later is needed to kill it here.');
    return;
  }
  note(`Escapement: the supervisor thread was killed; another one took over ${duration(Date.now() - fromMs)} later.`);
  await pause(CATCH_UP_MS);
  note(`Of the jobs due meanwhile, ${startsText(escapement, fromMs)}. node-cron has no such thread.`);
}

async function killProcesses({ nodeCron, escapement, note, pause }: Stage): Promise<void> {
  const fromMs = Date.now();
  await Promise.all([nodeCron.kill(), escapement.kill()]);
  note(`Both processes were killed with SIGKILL. They start again after ${duration(DOWN_MS)}.`);
  await pause(DOWN_MS);
  await Promise.all([nodeCron.start(), escapement.start()]);
  // It is due in every second, so this occurrence fell into the time in which there was no process.
  const atMs = Math.ceil(fromMs / SECOND_MS) * SECOND_MS + SECOND_MS;
  const untilMs = Date.now() + CATCH_UP_LIMIT_MS;
  do await pause(CATCH_UP_MS);
  while (Date.now() < untilMs && !hasStarted(escapement, atMs));
  note(`Of the jobs due meanwhile, ${startsText(nodeCron, fromMs)}; ${startsText(escapement, fromMs)}.`);
  const answer = await escapement.ask({ do: 'explain', job: REPORT.id, atMs }, 'explained', EXPLAIN_LIMIT_MS);
  note(`Escapement explains: ${answer?.text ?? 'nothing'}`);
}

function hasStarted({ journal }: Lane, atMs: number): boolean {
  return Number.isFinite(journal.fateOf(REPORT, atMs)?.lateMs);
}

/** `node-cron started 2 of 4, at most 310 ms late`. What was only just due may still start, and is left out. */
function startsText({ name, journal }: Lane, fromMs: number): string {
  const { due, started, worstStartedMs } = journal.figures(fromMs, Date.now() - JUST_DUE_MS);
  return `${name} started ${started} of ${due}${started === 0 ? '' : `, at most ${measured(worstStartedMs)} late`}`;
}
