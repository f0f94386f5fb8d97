/**
 * A WASM guest that calls its host in virtual time. A guest cannot await, and here its thread is the one on which the host
 * answers. So a call that has no answer yet ends the attempt, and when the answer is there the run is executed again: a
 * guest does the same for the same input, and it gets the answers, and the times of day, that it got before. Nothing is
 * asked, logged or counted twice.
 *
 * A kept instance has what its earlier runs left in it. After an attempt was ended it is made anew, and these runs are
 * executed again before the next attempt.
 */
import { RunAbortedError } from '../../errors.ts';
import type { JsonValue, RunLogger, ScheduledRunContext } from '../../plugin.ts';
import { GuestFailedError } from '../../wire/guests/guest-errors.ts';
import type { Guest, GuestCall } from '../../workers/guest.ts';

/** A run of a guest, and a host that answers in its own time. */
export interface VirtualCall extends Omit<GuestCall, 'callHost'> {
  ask(name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined>;
}

type Answer = { readonly value: JsonValue | undefined } | { readonly error: unknown };

interface Question {
  readonly name: string;
  readonly args: readonly JsonValue[];
}

/** What a run has got of its host so far. */
interface Tape {
  readonly answers: Answer[];
  readonly times: number[];
  lineCount: number;
}

/** A run that has ended. */
interface PastRun {
  readonly ctx: ScheduledRunContext;
  readonly fuel: number;
  readonly tape: Tape;
}

export class ReplayedGuest {
  readonly #guest: Guest;
  readonly #isKept: boolean;
  /** What the kept instance has executed. */
  #past: PastRun[] = [];
  #isLost = false;

  constructor(guest: Guest, instance: 'fresh' | 'kept' = 'fresh') {
    this.#guest = guest;
    this.#isKept = instance === 'kept';
  }

  /** Rejects with what the run fails with. */
  async run(ctx: ScheduledRunContext, call: VirtualCall): Promise<void> {
    const tape: Tape = { answers: [], times: [], lineCount: 0 };
    for (;;) {
      if (this.#isLost) await this.#recover();
      const attempt = new Attempt(tape, call, ctx);
      const outcome = await this.#outcomeOf(attempt);
      call.spent = attempt.spent;
      if (attempt.question !== null) {
        this.#isLost = this.#isKept;
        tape.answers.push(await answerTo(attempt.question, call, ctx.signal));
        continue;
      }
      this.#remember({ ctx, fuel: call.fuel, tape }, outcome);
      if (outcome !== null) throw outcome.thrown;
      return;
    }
  }

  async #outcomeOf(attempt: Attempt): Promise<{ readonly thrown: unknown } | null> {
    try {
      await this.#guest.run(attempt.ctx, attempt);
      return null;
    } catch (thrown) {
      return { thrown };
    }
  }

  /** After a trap the guest has a new instance. */
  #remember(run: PastRun, outcome: { readonly thrown: unknown } | null): void {
    if (!this.#isKept) return;
    if (outcome === null || outcome.thrown instanceof GuestFailedError) this.#past.push(run);
    else this.#past = [];
  }

  async #recover(): Promise<void> {
    this.#isLost = false;
    for (const { ctx, fuel, tape } of this.#past) await this.#outcomeOf(new Attempt(tape, { fuel }, ctx));
  }
}

/** One execution of a run, up to its end or to the first call that has no answer yet. */
class Attempt implements GuestCall {
  readonly fuel: number;
  readonly ctx: ScheduledRunContext;
  spent: GuestCall['spent'] = null;
  question: Question | null = null;
  readonly #tape: Tape;
  /** Absent when a run of the past is repeated, which gets nothing new. */
  readonly #clock: (() => number) | undefined;
  #answerCount = 0;
  #timeCount = 0;
  #lineCount = 0;

  constructor(tape: Tape, call: { readonly fuel: number; nowMs?(): number }, ctx: ScheduledRunContext) {
    this.#tape = tape;
    this.#clock = call.nowMs && (() => call.nowMs?.() ?? 0);
    this.fuel = call.fuel;
    this.ctx = { ...ctx, log: this.#logOf(ctx) };
  }

  nowMs(): number {
    const { times } = this.#tape;
    const nowMs = times[this.#timeCount] ?? this.#clock?.() ?? 0;
    times[this.#timeCount] = nowMs;
    this.#timeCount += 1;
    return nowMs;
  }

  callHost(name: string, args: readonly JsonValue[]): JsonValue | undefined {
    const { signal } = this.ctx;
    const answer = this.#tape.answers[this.#answerCount];
    this.#answerCount += 1;
    if (answer === undefined) {
      if (signal.aborted) throw signal.reason;
      this.question = { name, args };
      // The one error that a guest cannot go on from.
      throw new RunAbortedError('operator');
    }
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  /** Lines that an earlier attempt has written are not written again. */
  #logOf({ log }: ScheduledRunContext): RunLogger {
    const method =
      (level: keyof RunLogger) =>
      (first: string | Readonly<Record<string, unknown>>, message?: string): void => {
        this.#lineCount += 1;
        if (this.#lineCount <= this.#tape.lineCount) return;
        this.#tape.lineCount = this.#lineCount;
        if (typeof first === 'string') log[level](first);
        else log[level](first, message);
      };
    return {
      trace: method('trace'),
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      fatal: method('fatal'),
    };
  }
}

/** Rejects when the run is aborted before: a guest that waits for its host ends with its run. */
async function answerTo({ name, args }: Question, call: VirtualCall, signal: AbortSignal): Promise<Answer> {
  const answered = call.ask(name, args).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([answered, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
