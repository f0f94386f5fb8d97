/**
 * The records of ordinary runs in columns: numbers in one block of memory, texts in another. An object for each would be
 * some forty objects for the garbage collector, and is copied between threads field by field and name by name.
 */
import { type Outcome, RUN_OUTCOMES, RUN_TRIGGERS, type RunRecord, type RunTrigger, SKIP_OUTCOMES } from '../run.ts';
import type { RunDraft } from '../schedule-entries.ts';

/** The columns of a table, which can be sent to another thread. NaN and undefined stand for what is absent. */
export interface RunColumns {
  readonly numbers: Float64Array;
  readonly codes: Uint8Array;
  readonly texts: readonly (string | undefined)[];
}

const TRIGGERS: readonly RunTrigger[] = RUN_TRIGGERS;
const OUTCOMES: readonly Outcome[] = [...RUN_OUTCOMES, ...SKIP_OUTCOMES];

/** The columns of numbers. */
const SCHEDULED = 0;
const DUE = 1;
const CLAIMED = 2;
const STARTED = 3;
const FINISHED = 4;
const TICK = 5;
const LOCK = 6;
const QUEUE = 7;
const START = 8;
const TOTAL = 9;
const CPU = 10;
const THREAD = 11;
const FUEL = 12;
const FUEL_BUDGET = 13;
const NUMBERS = 14;

/** The columns of codes. */
const TRIGGER = 0;
const OUTCOME = 1;
const CODES = 2;

/** The columns of texts. */
const RUN_ID = 0;
const KEY = 1;
const PLUGIN = 2;
const SCHEDULE_ID = 3;
const TENANT_ID = 4;
const SITE_ID = 5;
const NODE_ID = 6;
const FENCING_TOKEN = 7;
const TEXTS = 8;
const NO_TEXTS: readonly undefined[] = new Array(TEXTS).fill(undefined);

const FIRST_ROWS = 32;

export class RunTable {
  #numbers: Float64Array;
  #codes: Uint8Array;
  readonly #texts: (string | undefined)[];

  constructor(columns?: RunColumns) {
    const { numbers = new Float64Array(), codes = new Uint8Array(), texts = [] } = columns ?? {};
    this.#numbers = numbers;
    this.#codes = codes;
    this.#texts = texts as (string | undefined)[];
  }

  /** Empties a row, or makes it. Rows are made in their order. */
  clear(row: number, runId: string): void {
    if (row * CODES >= this.#codes.length) this.#grow();
    this.#numbers.fill(Number.NaN, row * NUMBERS, (row + 1) * NUMBERS);
    this.#codes.fill(0, row * CODES, (row + 1) * CODES);
    const at = row * TEXTS;
    if (at === this.#texts.length) this.#texts.push(...NO_TEXTS);
    else for (let column = 0; column < TEXTS; column += 1) this.#texts[at + column] = undefined;
    this.#texts[at + RUN_ID] = runId;
  }

  /** The first rows, for another thread. */
  columns(rows: number): RunColumns {
    return {
      numbers: this.#numbers.slice(0, rows * NUMBERS),
      codes: this.#codes.slice(0, rows * CODES),
      texts: this.#texts.slice(0, rows * TEXTS),
    };
  }

  setClaimed(row: number, draft: RunDraft, claimedAtMs: number): void {
    this.#setDraft(row, draft);
    this.#numbers[row * NUMBERS + CLAIMED] = claimedAtMs;
  }

  setStarted(row: number, start: { key: string; scheduledAtMs: number; startedAtMs: number; threadId: number }): void {
    const at = row * NUMBERS;
    this.#texts[row * TEXTS + KEY] = start.key;
    this.#numbers[at + SCHEDULED] = start.scheduledAtMs;
    this.#numbers[at + STARTED] = start.startedAtMs;
    this.#numbers[at + THREAD] = start.threadId;
  }

  setRecord(row: number, record: RunRecord): void {
    const { startedAtMs, finishedAtMs, lateness, cpuMs, fuel, fuelBudget, threadId, outcome, fencingToken } = record;
    const at = row * NUMBERS;
    const numbers = this.#numbers;
    this.#setDraft(row, record);
    numbers[at + STARTED] = startedAtMs;
    numbers[at + FINISHED] = finishedAtMs;
    numbers[at + TICK] = lateness.tickMs;
    numbers[at + LOCK] = lateness.lockMs;
    numbers[at + QUEUE] = lateness.queueMs;
    numbers[at + START] = lateness.startMs;
    numbers[at + TOTAL] = lateness.totalMs;
    numbers[at + CPU] = cpuMs ?? Number.NaN;
    numbers[at + FUEL] = fuel ?? Number.NaN;
    numbers[at + FUEL_BUDGET] = fuelBudget ?? Number.NaN;
    numbers[at + THREAD] = threadId ?? Number.NaN;
    this.#codes[row * CODES + OUTCOME] = OUTCOMES.indexOf(outcome);
    this.#texts[row * TEXTS + FENCING_TOKEN] = fencingToken;
  }

  draft(row: number): RunDraft {
    const at = row * TEXTS;
    const tenantId = this.#texts[at + TENANT_ID];
    const siteId = this.#texts[at + SITE_ID];
    const trigger = TRIGGERS[this.#codes[row * CODES + TRIGGER] as number] as RunTrigger;
    return {
      runId: this.#text(row, RUN_ID),
      key: this.#text(row, KEY),
      plugin: this.#text(row, PLUGIN),
      scheduleId: this.#text(row, SCHEDULE_ID),
      ...(tenantId !== undefined && { tenantId }),
      ...(siteId !== undefined && { siteId }),
      nodeId: this.#text(row, NODE_ID),
      trigger,
      isCatchup: trigger === 'catch-up',
      scheduledAtMs: this.#number(row, SCHEDULED),
      dueAtMs: this.#number(row, DUE),
    };
  }

  record(row: number): RunRecord {
    const cpuMs = this.#number(row, CPU);
    const fuel = this.#number(row, FUEL);
    const fuelBudget = this.#number(row, FUEL_BUDGET);
    const threadId = this.#number(row, THREAD);
    const fencingToken = this.#texts[row * TEXTS + FENCING_TOKEN];
    return {
      ...this.draft(row),
      startedAtMs: this.#number(row, STARTED),
      finishedAtMs: this.finishedAtMs(row),
      outcome: this.outcome(row),
      lateness: {
        tickMs: this.#number(row, TICK),
        lockMs: this.#number(row, LOCK),
        queueMs: this.#number(row, QUEUE),
        startMs: this.#number(row, START),
        totalMs: this.#number(row, TOTAL),
      },
      ...(!Number.isNaN(cpuMs) && { cpuMs }),
      ...(!Number.isNaN(fuel) && { fuel }),
      ...(!Number.isNaN(fuelBudget) && { fuelBudget }),
      ...(fencingToken !== undefined && { fencingToken }),
      ...(!Number.isNaN(threadId) && { threadId }),
    };
  }

  claimedAtMs(row: number): number {
    return this.#number(row, CLAIMED);
  }

  start(row: number) {
    return {
      runId: this.runId(row),
      key: this.key(row),
      scheduledAtMs: this.scheduledAtMs(row),
      startedAtMs: this.#number(row, STARTED),
      threadId: this.#number(row, THREAD),
    };
  }

  runId(row: number): string {
    return this.#text(row, RUN_ID);
  }

  key(row: number): string {
    return this.#text(row, KEY);
  }

  outcome(row: number): Outcome {
    return OUTCOMES[this.#codes[row * CODES + OUTCOME] as number] as Outcome;
  }

  scheduledAtMs(row: number): number {
    return this.#number(row, SCHEDULED);
  }

  finishedAtMs(row: number): number {
    return this.#number(row, FINISHED);
  }

  #setDraft(row: number, draft: RunDraft): void {
    const { key, plugin, scheduleId, tenantId, siteId, nodeId, trigger, scheduledAtMs, dueAtMs } = draft;
    const at = row * TEXTS;
    const texts = this.#texts;
    texts[at + KEY] = key;
    texts[at + PLUGIN] = plugin;
    texts[at + SCHEDULE_ID] = scheduleId;
    texts[at + TENANT_ID] = tenantId;
    texts[at + SITE_ID] = siteId;
    texts[at + NODE_ID] = nodeId;
    this.#numbers[row * NUMBERS + SCHEDULED] = scheduledAtMs;
    this.#numbers[row * NUMBERS + DUE] = dueAtMs;
    this.#codes[row * CODES + TRIGGER] = TRIGGERS.indexOf(trigger);
  }

  #grow(): void {
    const rows = Math.max(FIRST_ROWS, (this.#codes.length / CODES) * 2);
    const numbers = new Float64Array(rows * NUMBERS);
    const codes = new Uint8Array(rows * CODES);
    numbers.set(this.#numbers);
    codes.set(this.#codes);
    this.#numbers = numbers;
    this.#codes = codes;
  }

  #text(row: number, column: number): string {
    const text = this.#texts[row * TEXTS + column];
    if (typeof text !== 'string') throw new TypeError('a row of a run lacks one of its texts');
    return text;
  }

  #number(row: number, column: number): number {
    return this.#numbers[row * NUMBERS + column] as number;
  }
}
