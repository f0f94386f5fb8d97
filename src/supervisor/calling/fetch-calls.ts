import { allowedBy } from '../../machines/calling/allowed-urls.ts';
import { ownerName } from '../../machines/kv/kv-names.ts';
import type { JsonValue } from '../../plugin.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { Fetcher } from '../ports/fetcher.ts';
import type { CallingRun } from '../ports/plugin-calls.ts';
import { CallArguments } from './call-arguments.ts';
import { CallRate } from './call-rate.ts';
import { checkedRequest } from './fetch-request.ts';

const DEFAULT_PER_MINUTE = 30;

/** Answers the calls of `fetch`: what may be asked for, and how often. The fetcher does the rest elsewhere. */
export class FetchCalls {
  readonly #clock: Clock;
  readonly #fetcher: Fetcher;
  readonly #rate = new CallRate();

  constructor(clock: Clock, fetcher: Fetcher) {
    this.#clock = clock;
    this.#fetcher = fetcher;
  }

  /** @param onEnd Takes what to call when the run ends first, and returns what to call when it does not. */
  async fetch(
    run: CallingRun,
    args: readonly unknown[],
    onEnd: (cancel: () => void) => () => void,
  ): Promise<JsonValue> {
    const call = new CallArguments('fetch', args, 1);
    const { identity, source, budget } = run.definition;
    const { url, ...request } = checkedRequest(call, budget.wallMs);
    const { allowedUrls = [], maxFetchPerMinute = DEFAULT_PER_MINUTE } = source.permissions ?? {};
    if (allowedBy(url, allowedUrls) === null) {
      throw call.denied(`the plugin may not ask for ${url.origin}${url.pathname} (permissions.allowedUrls)`);
    }
    const owner = ownerName(identity);
    this.#count(call, owner, maxFetchPerMinute);
    const underWay = this.#fetcher.fetch({ ...request, url: url.href, allowedUrls, owner });
    const answered = onEnd(() => underWay.cancel());
    const answer = await underWay.answer
      .catch((error: unknown) => {
        throw call.failed(reasonOf(error).replace(/\.$/, ''), error);
      })
      .finally(answered);
    if (!('fault' in answer)) return { ...answer };
    throw answer.fault === 'denied' ? call.denied(answer.reason) : call.failed(answer.reason);
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }

  #count(call: CallArguments, owner: string, perMinute: number): void {
    const waitMs = this.#rate.take(owner, perMinute, this.#clock.monotonicMs());
    if (waitMs === 0) return;
    const when = waitMs === Number.POSITIVE_INFINITY ? '' : `: the next one may be made in ${Math.ceil(waitMs)} ms`;
    throw call.limit(`the plugin may call it ${perMinute} times a minute (permissions.maxFetchPerMinute)${when}`);
  }
}
