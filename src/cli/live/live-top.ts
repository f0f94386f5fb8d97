import { reasonOf } from '../../wire/error-record.ts';
import { EXIT_DONE, EXIT_REFUSED } from '../exit-codes.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { RemoteScheduler } from '../remote/remote-scheduler.ts';
import type { Key } from './keys.ts';
import { openLines } from './open-view.ts';
import { Screen } from './screen.ts';
import type { OpenSchedule, TopChoice, TopData } from './top-state.ts';
import { scheduleRows, topLines } from './top-view.ts';

const REFRESH_MS = 1_000;
const NEWEST_RUNS = 6;
/** Asked for before the size of the screen is known. */
const FIRST_ROWS = 10;
const NOT_FOUND = 404;

/** The live screen: asks the scheduler every second, and draws what it answered and what keys choose. */
export class LiveTop {
  readonly #remote: RemoteScheduler;
  readonly #screen: Screen;
  readonly #done = Promise.withResolvers<number>();
  #data: TopData;
  #choice: TopChoice = { chosen: 0, first: 0, openKey: null };
  #trouble: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isStale = false;
  #isOver = false;

  private constructor(remote: RemoteScheduler, data: TopData) {
    this.#remote = remote;
    this.#data = data;
    this.#screen = new Screen({ pressed: (key) => this.#press(key), resized: () => this.#changed() });
  }

  /** Resolves to the exit code when the user quits. @throws RemoteError if the scheduler cannot be asked at first. */
  static async run(remote: RemoteScheduler): Promise<number> {
    const data = await askTop(remote, { chosen: 0, first: 0, openKey: null }, FIRST_ROWS);
    const top = new LiveTop(remote, data);
    try {
      top.#changed();
      return await top.#done.promise;
    } finally {
      top.#isOver = true;
      clearTimeout(top.#timer);
      top.#screen.close();
      // An answer that is still awaited would keep the process.
      remote.close();
    }
  }

  #press(key: Key): void {
    if (key === 'quit') {
      this.#done.resolve(EXIT_DONE);
      return;
    }
    const { openKey } = this.#choice;
    if (openKey !== null) {
      if (key === 'back') this.#choice = { ...this.#choice, openKey: null };
    } else if (key === 'enter') this.#choice = { ...this.#choice, openKey: this.#chosenKey() };
    else this.#move(key);
    this.#changed();
  }

  #chosenKey(): string | null {
    const { schedules, offset } = this.#data.page;
    return schedules[this.#choice.chosen - offset]?.key ?? null;
  }

  #move(key: Key): void {
    const rows = this.#rows();
    const last = Math.max(0, this.#data.page.total - 1);
    const { chosen, first } = this.#choice;
    const steps: Partial<Record<Key, number>> = {
      up: -1,
      down: 1,
      'page-up': -rows,
      'page-down': rows,
      first: -last,
      last,
    };
    const next = Math.min(last, Math.max(0, chosen + (steps[key] ?? 0)));
    this.#choice = { ...this.#choice, chosen: next, first: firstShown(next, first, rows) };
  }

  #rows(): number {
    return scheduleRows(this.#data, this.#screen.size);
  }

  /** Draws what is known, and asks for what is not. */
  #changed(): void {
    this.#draw();
    void this.#ask();
  }

  #draw(): void {
    const { size } = this.#screen;
    const { open } = this.#data;
    const isOpen = open !== null && open.detail.schedule.key === this.#choice.openKey;
    this.#screen.draw(
      isOpen
        ? openLines(this.#data, open, size, this.#trouble)
        : topLines(this.#data, this.#choice, size, this.#trouble),
    );
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    clearTimeout(this.#timer);
    try {
      do {
        this.#isStale = false;
        this.#data = await askTop(this.#remote, this.#choice, this.#rows());
        this.#settle();
      } while (this.#isStale);
    } catch (error) {
      this.#failed(error);
    }
    this.#isAsking = false;
    if (this.#isOver) return;
    this.#draw();
    this.#timer = setTimeout(() => void this.#ask(), REFRESH_MS);
  }

  #settle(): void {
    this.#trouble = null;
    const { gone } = this.#data;
    if (gone !== null && gone === this.#choice.openKey) this.#choice = { ...this.#choice, openKey: null };
    const last = Math.max(0, this.#data.page.total - 1);
    const chosen = Math.min(this.#choice.chosen, last);
    const first = firstShown(chosen, Math.min(this.#choice.first, last), this.#rows());
    // More room, or other neighbours, may ask for other schedules.
    if (first < this.#choice.first) this.#isStale = true;
    this.#choice = { ...this.#choice, chosen, first };
  }

  /** A scheduler that does not answer may be back in a moment. One that refuses will go on to do so. */
  #failed(error: unknown): void {
    const isRefused = error instanceof RemoteError && error.exitCode === EXIT_REFUSED;
    if (isRefused || !(error instanceof RemoteError)) {
      this.#done.reject(error);
      return;
    }
    this.#trouble = `no answer: ${reasonOf(error)}`;
  }
}

function firstShown(chosen: number, first: number, rows: number): number {
  return Math.max(0, Math.min(chosen, Math.max(first, chosen - rows + 1)));
}

/** Everything that the screen shows. */
async function askTop(remote: RemoteScheduler, choice: TopChoice, rows: number): Promise<TopData> {
  const { openKey, first } = choice;
  const [overview, live, stats, page, open] = await Promise.all([
    remote.overview(),
    remote.live(),
    remote.stats(),
    remote.schedules({ sort: 'problem', offset: first, limit: rows }),
    openKey === null ? null : orNull(askOpen(remote, openKey)),
  ]);
  return { overview, live, stats, page, open, gone: open === null ? openKey : null };
}

async function askOpen(remote: RemoteScheduler, key: string): Promise<OpenSchedule> {
  const [detail, runs] = await Promise.all([remote.schedule(key), remote.runs({ key, limit: NEWEST_RUNS })]);
  const runId = detail.live?.runId ?? runs[0]?.runId;
  // A run may be unknown for a moment, between its end and its record.
  const answer = runId === undefined ? null : await orNull(remote.run(runId));
  const run = answer?.run ?? null;
  return {
    detail,
    runs: run === null ? runs : [run, ...runs.filter((each) => each.runId !== run.runId)],
    liveRun: answer?.live ?? null,
  };
}

/** Null for what the scheduler does not know. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RemoteError && error.status === NOT_FOUND) return null;
    throw error;
  }
}
