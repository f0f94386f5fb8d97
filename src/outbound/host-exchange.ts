/**
 * One request of the host itself, such as a webhook that it has configured. Unlike a plugin's, it may lead into private
 * networks. It is not redirected to another origin, which would get to see what it holds, and it never loses its body.
 */
import { MAX_REDIRECTS, type Message, redirected, send } from './exchange.ts';
import { FetchFault } from './fetch-fault.ts';

export interface HostOrder {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What an answer says in its head. */
export interface HostAnswer {
  readonly status: number;
  /** As the server has sent it: seconds, or a date. */
  readonly retryAfter: string | null;
}

/** Rejects with what Node says when the network fails, when it is redirected elsewhere, or when the signal is aborted. */
export async function hostExchange(order: HostOrder, signal: AbortSignal): Promise<HostAnswer> {
  let message: Message = { ...order, url: new URL(order.url) };
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(message, signal);
    const next = redirected(message, response);
    // The head has the answer. Nobody reads the body, which may break off, be endless or never end.
    response.destroy();
    if (next === null) {
      const { statusCode: status = 0, headers } = response;
      return { status, retryAfter: headers['retry-after'] ?? null };
    }
    if (next.url.origin !== message.url.origin) throw new FetchFault('failed', 'it was redirected to another origin');
    if (next.method !== message.method) throw new FetchFault('failed', 'it was redirected without its body');
    if (redirects === MAX_REDIRECTS) throw new FetchFault('failed', 'it was redirected too often');
    message = next;
  }
}
