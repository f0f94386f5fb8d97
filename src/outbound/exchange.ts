/** One request of a plugin, with the redirects that it leads to, until its answer is read or its time is over. */
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { LookupFunction } from 'node:net';
import { allowedBy } from '../machines/calling/allowed-urls.ts';
import type { FetchAnswer, FetchOrder } from '../supervisor/ports/fetcher.ts';
import { answerOf } from './answer.ts';
import { type Lookup, lookupFor } from './destination.ts';
import { FetchFault } from './fetch-fault.ts';

export const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What belongs to the host that was asked first. */
const SECRET_HEADERS = ['authorization'];
const BODY_HEADERS = ['content-type', 'content-language', 'content-encoding', 'content-location'];

export type Message = Pick<FetchOrder, 'method' | 'headers' | 'body'> & { readonly url: URL };

/** Rejects with a `FetchFault`, or with what Node says when the network fails or the signal is aborted. */
export async function exchange(order: FetchOrder, signal: AbortSignal, lookup?: Lookup): Promise<FetchAnswer> {
  let message: Message = { ...order, url: new URL(order.url) };
  for (let redirects = 0; ; redirects += 1) {
    mustBeAllowed(message.url, order, redirects);
    const response = await send(message, signal, lookupFor(message.url, lookup));
    const next = redirected(message, response);
    if (next === null) return answerOf(response);
    response.destroy();
    if (redirects === MAX_REDIRECTS)
      throw new FetchFault('failed', `it was redirected more than ${MAX_REDIRECTS} times`);
    message = next;
  }
}

/** The supervisor has looked at the first URL already. Nothing is lost when it is looked at where it is used. */
function mustBeAllowed(url: URL, { allowedUrls }: FetchOrder, redirects: number): void {
  if (allowedBy(url, allowedUrls) !== null && url.username === '' && url.password === '') return;
  const what = redirects === 0 ? 'the plugin may not ask for' : 'it was redirected to';
  const where = `${url.origin}${url.pathname}`;
  throw new FetchFault(
    'denied',
    `${what} ${where}${redirects === 0 ? '' : ', which is not allowed'} (permissions.allowedUrls)`,
  );
}

/**
 * Resolves when the head of the answer is there. Each request has a connection of its own.
 * @param lookup Decides where the connection may lead. Default: anywhere.
 */
export function send(
  { url, method, headers, body }: Message,
  signal: AbortSignal,
  lookup?: LookupFunction,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        ...(lookup !== undefined && { lookup }),
        signal,
        headers: {
          'user-agent': 'escapement',
          accept: '*/*',
          ...headers,
          'accept-encoding': 'gzip, deflate, br',
          ...length,
        },
      },
      resolve,
    );
    outgoing.on('error', reject);
    // A server that changes the protocol gives no answer, and neither does one whose connection ends without an error.
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new FetchFault('failed', 'the server changed the protocol'));
    });
    outgoing.on('close', () => reject(new FetchFault('failed', 'the connection ended without an answer')));
    // As bytes: Node would write the headers before a text in the encoding of the text.
    outgoing.end(body === null ? undefined : Buffer.from(body));
  });
}

/** The message that a redirect asks for; null if the answer is none, or does not say where to. */
export function redirected({ url: from, method, headers, body }: Message, response: IncomingMessage): Message | null {
  const { statusCode = 0, headers: answered } = response;
  if (!REDIRECTS.has(statusCode) || answered.location === undefined) return null;
  const url = URL.parse(answered.location, from.href);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FetchFault('failed', 'it was redirected to what is not an http: or https: URL');
  }
  url.hash = '';
  const isGet = statusCode === 303 ? method !== 'HEAD' : statusCode <= 302 && method === 'POST';
  const dropped = [...(isGet ? BODY_HEADERS : []), ...(url.origin === from.origin ? [] : SECRET_HEADERS)];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name)));
  return isGet ? { url, method: 'GET', headers: kept, body: null } : { url, method, headers: kept, body };
}
