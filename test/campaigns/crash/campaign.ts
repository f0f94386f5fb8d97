/**
 * Starts a process with schedules, kills it with SIGKILL at a random moment, and starts it again, round after round.
 * Afterwards the store, the journal and the calendar must tell the same story: see `audit.ts`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JournalSchedule } from '../../fixtures/plugins/journal.ts';
import type { JournalNodeOptions } from '../../fixtures/programs/journal-node.ts';
import { cursorsIn } from './audit.ts';
import { type Random, seededRandom } from './seeded-random.ts';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/journal-node.ts', import.meta.url));
const PERIODS_MS = [200, 250, 500, 1_000];
const POLICIES = ['skip', 'run-once', 'run-all'] as const;
const LIFE_MS = { least: 150, most: 1_950, from: 'either' } as const;
/** Of a life that counts from the creation: such a process may die before it has done anything. */
const EARLY_LIFE_CHANCE = 0.3;
/** Of a commit in rounds that are to end inside one. */
const COMMIT_DEATH_CHANCE = 0.05;

/** What a campaign is made of. */
export interface CampaignOptions extends Pick<JournalNodeOptions, 'loadMs' | 'maxThreads'> {
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  /** How many random schedules, or which. Default: 12. */
  readonly schedules?: number | readonly JournalSchedule[];
  /**
   * How long a process lives, in milliseconds, from its creation or from when its scheduler has started. Default: 150
   * to 1,950 from either.
   */
  readonly lifeMs?: { readonly least: number; readonly most: number; readonly from: 'creation' | 'start' | 'either' };
  /** Whether some of the processes die inside a commit. Default: true. */
  readonly diesInCommits?: boolean;
  readonly onRound?: (round: number) => void;
}

/** What a campaign left behind. */
export interface Campaign {
  readonly storePath: string;
  readonly journal: string;
  readonly schedules: readonly JournalSchedule[];
  /** Rounds that ended inside a commit, or right after one. */
  readonly deathsInCommit: number;
  /** Rounds in which no scheduler started, though it was given the time: on a machine that is overloaded. */
  readonly unstarted: number;
  readonly problems: readonly string[];
}

/** Runs a campaign. Rejects when a process cannot be started or ended. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const {
    folder,
    rounds,
    seed,
    onRound = () => {},
    lifeMs = LIFE_MS,
    diesInCommits = true,
    loadMs = 0,
    maxThreads = 2,
  } = options;
  const random = seededRandom(seed);
  const schedules = schedulesOf(options, random);
  const storePath = join(folder, 'store.db');
  const journal = join(folder, 'journal');
  const node: JournalNodeOptions = { storePath, journal, schedules, isFaulty: diesInCommits, loadMs, maxThreads };
  const problems: string[] = [];
  let deathsInCommit = 0;
  let unstarted = 0;
  let cursors = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const isInCommit = diesInCommits && random() < 0.3;
    writeFileSync(`${storePath}.fault`, isInCommit ? `kill ${COMMIT_DEATH_CHANCE}` : 'none');
    const child = startNode(node);
    child.on('message', (message) => problems.push(...warningIn(message).map((text) => `round ${round}: ${text}`)));
    const killTimer = new AbortController();
    const dying = once(child, 'exit');
    unstarted += Number(countsFromStart(lifeMs.from, random) && !(await started(child)));
    // Also before it has started, and long after.
    const kill = pause(lifeMs.least + random() * (lifeMs.most - lifeMs.least), null, { signal: killTimer.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    );
    await dying;
    if (isInCommit && !child.killed) deathsInCommit += 1;
    killTimer.abort();
    await kill;
    const now = cursorsIn(storePath);
    for (const [key, cursorMs] of now) {
      if (cursorMs < (cursors.get(key) ?? 0)) problems.push(`round ${round}: the cursor of ${key} fell`);
    }
    cursors = now;
    onRound(round);
  }
  await lastRound({ ...node, isFaulty: false });
  return { storePath, journal, schedules, deathsInCommit, unstarted, problems };
}

/** Stops a process with SIGSTOP for a while, continues it, and lets it end in good order. */
export async function runSuspension(options: CampaignOptions & { readonly stoppedMs: number }): Promise<Campaign> {
  const { folder, rounds, seed, stoppedMs } = options;
  const schedules = schedulesOf(options, seededRandom(seed));
  const storePath = join(folder, 'store.db');
  const journal = join(folder, 'journal');
  const child = startNode({ storePath, journal, schedules, isFaulty: false });
  const problems: string[] = [];
  child.on('message', (message) => problems.push(...warningIn(message)));
  await mustStart(child);
  for (let round = 0; round < rounds; round++) {
    await pause(500);
    child.kill('SIGSTOP');
    await pause(stoppedMs);
    child.kill('SIGCONT');
  }
  await endInGoodOrder(child);
  return { storePath, journal, schedules, deathsInCommit: 0, unstarted: 0, problems };
}

/** Lets everything that was missed be made up for, and ends in good order. */
async function lastRound(node: JournalNodeOptions): Promise<void> {
  const child = startNode(node);
  await mustStart(child);
  await endInGoodOrder(child);
}

function countsFromStart(from: NonNullable<CampaignOptions['lifeMs']>['from'], random: Random): boolean {
  return from === 'start' || (from === 'either' && random() >= EARLY_LIFE_CHANCE);
}

/** Whether the scheduler of a process has started. It has not if the process ended first. */
async function started(child: ChildProcess): Promise<boolean> {
  const heard = new Promise<boolean>((resolve) =>
    child.on('message', (message) => message === 'started' && resolve(true)),
  );
  return Promise.race([heard, once(child, 'exit').then(() => false)]);
}

async function mustStart(child: ChildProcess): Promise<void> {
  if (!(await started(child))) throw new Error('a process of the campaign ended before its scheduler had started');
}

async function endInGoodOrder(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.send('end');
  const [code] = await ended;
  if (code !== 0) throw new Error(`the last process of the campaign ended with ${code}`);
}

function startNode(options: JournalNodeOptions): ChildProcess {
  return fork(PROGRAM, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** A store that was set aside, or did not work, is a fault of the campaign; a file that was never finished is not. */
function warningIn(message: unknown): string[] {
  if (typeof message !== 'object' || message === null || !('code' in message)) return [];
  return String(message.code).startsWith('store-') || message.code === 'run-reconciled'
    ? [JSON.stringify(message)]
    : [];
}

function schedulesOf({ schedules = 12 }: CampaignOptions, random: Random): readonly JournalSchedule[] {
  return typeof schedules === 'number' ? randomSchedules(random, schedules) : schedules;
}

function randomSchedules(random: Random, count: number): JournalSchedule[] {
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const periodMs = oneOf(PERIODS_MS);
    // Some take longer than their period now and then, so that there are overlaps.
    const runMs = Math.round(random() * periodMs * (index % 4 === 0 ? 1.5 : 0.1));
    // A backlog that never shrinks would never end.
    const policy = POLICIES[index % 3] as JournalSchedule['policy'];
    return { id: `s${index}`, periodMs, policy, runMs: policy === 'run-all' ? Math.min(runMs, 5) : runMs };
  });
}
