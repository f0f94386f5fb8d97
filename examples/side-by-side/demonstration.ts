import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ACT_KEYS, ACTS, type ActKey, type Stage } from './acts.ts';
import { Lane } from './lane.ts';
import { type Phase, Phases } from './measuring/phases.ts';
import { PATIENCE_MS, type StartFigures } from './measuring/start-journal.ts';
import type { LaneSettings } from './server/messages.ts';
import { measureRoundsPerMs } from './server/work.ts';
import type { Both, Figures } from './showing/verdict.ts';

/** Where people expect the console; another port if this one is taken. */
const CONSOLE_PORT = 7_420;
/** The servers load their code and fill their caches, which is not what is compared. */
const WARM_UP_MS = 2_000;
/** So that the lanes seldom compute at the same moment: a machine with two cores has none to spare for the other one. */
const LOAD_OFFSET_MS = 60;
/** The one that is performed, and one more. */
const MAX_ACTS_AHEAD = 2;
const BETWEEN_ACTS_MS = 500;
/** Of a tour. */
const UNDISTURBED_SHARE = 0.2;

/** Something that happened, for people to read. */
export interface Note {
  readonly atMs: number;
  readonly text: string;
}

export interface Surroundings {
  /** Called for everything that happens. */
  readonly noted: (note: Note) => void;
  /** Aborted when the demonstration ends. Every pause rejects then. */
  readonly ending: AbortSignal;
}

/** Both lanes, and what is done to them. */
export class Demonstration implements Stage {
  readonly nodeCron: Lane;
  readonly escapement: Lane;
  readonly folder: string;
  readonly notes: Note[] = [];
  consoleUrl = '';
  /** From when on the figures count, in epoch milliseconds. */
  sinceMs = Number.POSITIVE_INFINITY;
  readonly #noted: (note: Note) => void;
  readonly #phases = new Phases();
  readonly #ending: AbortSignal;
  #acts: Promise<void> = Promise.resolve();
  #actsAhead = 0;

  private constructor(settings: LaneSettings, { noted, ending }: Surroundings) {
    this.folder = settings.folder;
    this.nodeCron = new Lane('node-cron', './lanes/node-cron/main.ts', settings);
    this.escapement = new Lane('Escapement', './lanes/escapement/main.ts', settings);
    this.#noted = noted;
    this.#ending = ending;
  }

  /** Starts both servers and their load. */
  static async start(folder: string, surroundings: Surroundings): Promise<Demonstration> {
    const settings = { folder, roundsPerMs: measureRoundsPerMs(), consolePort: await consolePort() };
    const demonstration = new Demonstration(settings, surroundings);
    try {
      const [, ready] = await Promise.all(demonstration.lanes.map((lane) => lane.start()));
      demonstration.consoleUrl = ready?.consoleUrl ?? '';
    } catch (error) {
      await demonstration.stop();
      throw error;
    }
    demonstration.lanes.forEach(({ load }, index) => void load.start(index * LOAD_OFFSET_MS));
    return demonstration;
  }

  get lanes(): readonly [Lane, Lane] {
    return [this.nodeCron, this.escapement];
  }

  get isActing(): boolean {
    return this.#actsAhead > 0;
  }

  readonly note = (text: string): void => {
    // The verdict is the last word: what a busy machine learns too late is not told after it.
    if (this.#ending.aborted) return;
    const note = { atMs: Date.now(), text };
    this.notes.push(note);
    this.#noted(note);
  };

  readonly pause = async (ms: number): Promise<void> => {
    await delay(Math.max(ms, 0), undefined, { signal: this.#ending });
  };

  /** Waits until the servers are warm. From then on the figures count. */
  async warmUp(): Promise<void> {
    await this.pause(WARM_UP_MS);
    this.sinceMs = Date.now();
  }

  /**
   * Does what a key stands for, after what is being done already. Resolves when its consequences are known. A person who
   * presses many keys gets the first two.
   */
  async act(key: ActKey): Promise<void> {
    if (this.#actsAhead >= MAX_ACTS_AHEAD) return;
    this.#actsAhead += 1;
    this.#acts = this.#acts.then(() => this.#perform(key));
    await this.#acts;
  }

  /** Leaves the servers in peace for a while, and then presses each key whose consequences will be known before the end. */
  async tour(endsAtMs: number): Promise<void> {
    await this.pause((endsAtMs - Date.now()) * UNDISTURBED_SHARE);
    for (const key of ACT_KEYS) {
      if (Date.now() + ACTS[key].takesMs > endsAtMs) continue;
      await this.act(key);
      await this.pause(BETWEEN_ACTS_MS);
    }
  }

  /** What was measured so far. */
  figures(): Figures {
    const { sinceMs } = this;
    const { undisturbed } = this.#phases;
    const untilMs = Date.now() - PATIENCE_MS;
    const ofBoth = <T>(of: (lane: Lane) => T): Both<T> => [of(this.nodeCron), of(this.escapement)];
    const starts = (phase: Phase): Both<StartFigures> =>
      ofBoth(({ journal }) => journal.figures(sinceMs, untilMs, phase));
    return {
      undisturbed: starts(undisturbed),
      acts: ACT_KEYS.flatMap((key) => {
        const phase = this.#phases.of(key);
        return phase === null ? [] : [{ key, starts: starts(phase) }];
      }),
      requests: ofBoth(({ load }) => load.figures(sinceMs, undisturbed)),
      allRequests: ofBoth(({ load }) => load.figures(sinceMs)),
      usage: ofBoth(({ usage }) => usage.figures(sinceMs, undisturbed)),
      crowding: (loadavg()[0] ?? 0) / availableParallelism(),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stop()));
  }

  async #perform(key: ActKey): Promise<void> {
    const end = this.#phases.begin(key);
    try {
      if (!this.#ending.aborted) await ACTS[key].perform(this);
    } catch (error) {
      if (!this.#ending.aborted) this.note(error instanceof Error ? error.message : String(error));
    } finally {
      end();
      this.#actsAhead -= 1;
    }
  }
}

async function consolePort(): Promise<number> {
  for (const port of [CONSOLE_PORT, 0]) {
    const server = createServer().listen(port, '127.0.0.1');
    const address = await once(server, 'listening').then(
      () => server.address(),
      () => null,
    );
    if (address === null || typeof address === 'string') continue;
    server.close();
    await once(server, 'close');
    return address.port;
  }
  throw new Error('No port of 127.0.0.1 is free for the console.');
}
