import type { HistoryRecord, ReloadReport, SchedulerStats } from '../../index.ts';
import type { OperatorTopic } from '../../supervisor/operator-protocol.ts';
import type { LiveRun, Overview, ScheduleDetail, SchedulePage } from '../../supervisor/operator-reports.ts';
import type { CommandArguments } from '../command.ts';
import { EXIT_FAILED, EXIT_REFUSED, EXIT_UNREACHABLE } from '../exit-codes.ts';
import { TOKEN_VARIABLE } from '../input/console-options.ts';
import {
  DETAIL,
  fits,
  LIVE,
  NOTHING,
  OVERVIEW,
  PAGE,
  parsed,
  RELOADED,
  RUN,
  RUNS,
  type RunAnswer,
  SESSION,
  type SessionAnswer,
  type Shape,
  STATS,
  TRIGGERED,
} from './answers.ts';
import { EventStream } from './event-stream.ts';
import { type Exchange, exchange, openStream } from './http-exchange.ts';
import { placeOf, type RemotePlace } from './place.ts';
import { RemoteError } from './remote-error.ts';

/** The parameters of an address; one with several values is repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A plugin may take its time to load: 10 seconds by default, and more if the scheduler says so. */
const RELOAD_LIMIT_MS = 120_000;

/** What the status of an answer means for a command, unless it is just a failure. */
const NO_TOKEN = 401;
const REFUSED = [403, 405, 429];
const AWAY = [502, 503, 504];
const TOKEN_ADVICE = `Set ${TOKEN_VARIABLE} to the token of its console.`;
const ADVICE: Readonly<Record<number, string>> = {
  404: 'Look whether the address is right.',
  429: 'Try again later.',
  503: 'Try again.',
};

/** Finds the scheduler that a command means. @throws UsageError @throws RemoteError */
export async function remoteScheduler(args: CommandArguments): Promise<RemoteScheduler> {
  return new RemoteScheduler(await placeOf(args));
}

/** A running scheduler, as it can be asked over the API of its console. Every method throws a `RemoteError`. */
export class RemoteScheduler {
  readonly place: RemotePlace;
  readonly #closing = new AbortController();

  constructor(place: RemotePlace) {
    this.place = place;
  }

  session(): Promise<SessionAnswer> {
    return this.#ask('session', SESSION);
  }

  overview(): Promise<Overview> {
    return this.#ask('overview', OVERVIEW);
  }

  schedules(query: Query): Promise<SchedulePage> {
    return this.#ask(`schedules${queryText(query)}`, PAGE);
  }

  schedule(key: string): Promise<ScheduleDetail> {
    return this.#ask(`schedules/${encodeURIComponent(key)}`, DETAIL);
  }

  async runs(query: Query): Promise<readonly HistoryRecord[]> {
    const { runs } = await this.#ask(`runs${queryText(query)}`, RUNS);
    return runs;
  }

  run(runId: string): Promise<RunAnswer> {
    return this.#ask(`runs/${encodeURIComponent(runId)}`, RUN);
  }

  async live(): Promise<readonly LiveRun[]> {
    const { runs } = await this.#ask('live', LIVE);
    return runs;
  }

  stats(): Promise<SchedulerStats> {
    return this.#ask('stats', STATS);
  }

  /** Resolves to the id of the run. */
  async trigger(key: string): Promise<string> {
    const { runId } = await this.#act(`schedules/${encodeURIComponent(key)}/trigger`, TRIGGERED);
    return runId;
  }

  async pause(key: string, note?: string): Promise<void> {
    const body = { ...(note !== undefined && { note }) };
    await this.#act(`schedules/${encodeURIComponent(key)}/pause`, NOTHING, { body });
  }

  async resume(key: string): Promise<void> {
    await this.#act(`schedules/${encodeURIComponent(key)}/resume`, NOTHING);
  }

  async abort(runId: string): Promise<void> {
    await this.#act(`runs/${encodeURIComponent(runId)}/abort`, NOTHING);
  }

  reload(plugin: string): Promise<ReloadReport> {
    return this.#act(`plugins/${encodeURIComponent(plugin)}/reload`, RELOADED, { limitMs: RELOAD_LIMIT_MS });
  }

  /** What happens from now on: of one schedule, or of all. A console may also tell of others. */
  async events(topics: readonly OperatorTopic[], key?: string): Promise<EventStream> {
    const answer = await openStream(this.place, {
      path: `api/events${queryText({ topic: topics, key })}`,
      signal: this.#closing.signal,
    });
    if (answer.statusCode === 200) return new EventStream(answer);
    answer.destroy();
    throw this.#refusal(answer.statusCode ?? 0, undefined);
  }

  /** Ends what is still awaited. */
  close(): void {
    this.#closing.abort();
  }

  #ask<T>(path: string, shape: Shape<T>): Promise<T> {
    return this.#exchange({ method: 'GET', path: `api/${path}` }, shape);
  }

  #act<T>(path: string, shape: Shape<T>, rest: Pick<Exchange, 'body' | 'limitMs'> = {}): Promise<T> {
    return this.#exchange({ ...rest, method: 'POST', path: `api/${path}` }, shape);
  }

  async #exchange<T>(asked: Omit<Exchange, 'signal'>, shape: Shape<T>): Promise<T> {
    const { status, text } = await exchange(this.place, { ...asked, signal: this.#closing.signal });
    const answer = parsed(text);
    if (status < 200 || status > 299) throw this.#refusal(status, answer);
    if (fits(answer, shape)) return answer;
    throw new RemoteError(
      EXIT_FAILED,
      `${this.place.text} answers what this command does not understand. Is it a console of escapement, and of this version?`,
      { status },
    );
  }

  /** The scheduler's own words, and what they mean for the command. */
  #refusal(status: number, answer: unknown): RemoteError {
    const said = messageOf(answer);
    // Its words are for programs, which send the token otherwise.
    if (status === NO_TOKEN) {
      const what = this.place.token === undefined ? 'does not allow this' : 'does not know this token';
      return this.#error(EXIT_REFUSED, `${what} (${status}). ${TOKEN_ADVICE}`, status);
    }
    if (REFUSED.includes(status)) return this.#error(EXIT_REFUSED, `does not allow this (${status})${said}`, status);
    if (AWAY.includes(status)) return this.#error(EXIT_UNREACHABLE, `cannot answer now (${status})${said}`, status);
    // Its errors are sentences that say everything: an unknown key, a schedule that is busy.
    if (said !== '') return new RemoteError(EXIT_FAILED, said.slice(2), { status });
    return this.#error(EXIT_FAILED, `does not answer as a console does (${status})`, status);
  }

  #error(exitCode: number, what: string, status: number): RemoteError {
    const end = /[.?!]$/.test(what) ? '' : '.';
    const text = `${this.place.text} ${what}${end} ${ADVICE[status] ?? ''}`.trimEnd();
    return new RemoteError(exitCode, text, { status });
  }
}

/** `: <message>` from the body of an error; nothing if it has none. */
function messageOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return '';
  const { error } = answer;
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return typeof error.message === 'string' && error.message !== '' ? `: ${error.message}` : '';
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}
