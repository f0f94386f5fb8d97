import type { FetchAnswer, Fetcher, FetchOrder, FetchRefusal } from '../supervisor/ports/fetcher.ts';
import { reasonOf } from '../wire/error-record.ts';

/** What a plugin under test asks `ctx.host.fetch` for, as it would be sent. */
export type VirtualRequest = Pick<FetchOrder, 'url' | 'method' | 'headers' | 'body'>;

/** What the test answers. Default: status 200, and nothing else. */
export type VirtualResponse = Partial<FetchAnswer>;

/** Answers the requests of plugins in place of the network. What it throws, the call rejects with. */
export type VirtualFetch = (request: VirtualRequest) => VirtualResponse | Promise<VirtualResponse>;

/** The fetcher of a virtual scheduler: it reaches no network. */
export class VirtualFetcher implements Fetcher {
  readonly #answer: VirtualFetch | null;

  constructor(answer: VirtualFetch | null) {
    this.#answer = answer;
  }

  fetch({ url, method, headers, body }: FetchOrder): ReturnType<Fetcher['fetch']> {
    return { answer: this.#answerTo({ url, method, headers, body }), cancel: () => {} };
  }

  async close(): Promise<void> {}

  async #answerTo(request: VirtualRequest): Promise<FetchAnswer | FetchRefusal> {
    if (this.#answer === null) {
      return { fault: 'failed', reason: 'a virtual scheduler has no network: give it the option fetch' };
    }
    try {
      const answer = await this.#answer(request);
      return structuredClone({ status: 200, headers: {}, body: '', isTruncated: false, ...answer });
    } catch (error) {
      return { fault: 'failed', reason: reasonOf(error) };
    }
  }
}
