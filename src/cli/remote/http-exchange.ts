/** One request to the console of a scheduler, over its socket or the network. Nothing waits without a limit. */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { EXIT_FAILED, EXIT_REFUSED, EXIT_UNREACHABLE } from '../exit-codes.ts';
import type { RemotePlace } from './place.ts';
import { RemoteError } from './remote-error.ts';

/** What is asked for. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Seen from the place, without a slash at its beginning: `api/overview`. */
  readonly path: string;
  /** Becomes JSON. */
  readonly body?: unknown;
  /** How long the answer may take. Default 5,000. */
  readonly limitMs?: number;
  /** Ends the request when it is aborted. */
  readonly signal: AbortSignal;
}

const DEFAULT_LIMIT_MS = 5_000;
/** How long the rest of an answer may take once it has begun. */
const READ_LIMIT_MS = 60_000;
/** A page of 1,000 schedules has some megabytes. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** After so long without a word, a stream counts as broken. */
const SILENCE_LIMIT_MS = 60_000;
const SECOND_MS = 1_000;

/** Errors of the network whose own text says little, by their code. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'this is not a socket',
  ECONNREFUSED: 'nobody listens there, so the scheduler has ended or its console is off',
  ECONNRESET: 'it broke off',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to this host',
  ETIMEDOUT: 'the host does not answer',
};
const FORBIDDEN = ['EACCES', 'EPERM'];

/** The status and the text of an answer. @throws RemoteError */
export async function exchange(place: RemotePlace, asked: Exchange): Promise<{ status: number; text: string }> {
  const answer = await answerTo(place, asked, 'application/json');
  const text = await within(READ_LIMIT_MS, answer, place, () => readAll(answer, place));
  return { status: answer.statusCode ?? 0, text };
}

/** An answer that goes on: its stream stays open until it is destroyed. @throws RemoteError */
export async function openStream(
  place: RemotePlace,
  asked: Pick<Exchange, 'path' | 'signal'>,
): Promise<IncomingMessage> {
  const answer = await answerTo(place, { ...asked, method: 'GET' }, 'text/event-stream');
  // A network may lose a connection without a word. A console says something every 15 seconds.
  answer.socket.setTimeout(SILENCE_LIMIT_MS, () => answer.destroy());
  return answer;
}

async function answerTo(place: RemotePlace, asked: Exchange, accept: string): Promise<IncomingMessage> {
  const { method, path, body, signal, limitMs = DEFAULT_LIMIT_MS } = asked;
  const url = new URL(path, place.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const text = method === 'POST' ? JSON.stringify(body ?? {}) : undefined;
  const options: RequestOptions = {
    method,
    signal,
    agent: false,
    ...(place.socket !== undefined && { socketPath: place.socket }),
    headers: {
      accept,
      'user-agent': 'escapement-cli',
      ...(place.token !== undefined && { authorization: `Bearer ${place.token}` }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
  };
  const request = send(url, options);
  return within(limitMs, request, place, async () => {
    request.end(text);
    return answered(request);
  });
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve);
  // Also after the answer has begun: the reader of the answer hears of it, too.
  request.on('error', reject);
  return promise;
}

async function readAll(answer: IncomingMessage, place: RemotePlace): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES)
      throw new RemoteError(
        EXIT_FAILED,
        `${place.text} answers with more than a command reads. Ask for less: --limit.`,
      );
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Destroys what is waited for when the time is over. */
async function within<T>(
  limitMs: number,
  waitedFor: ClientRequest | IncomingMessage,
  place: RemotePlace,
  wait: () => Promise<T>,
): Promise<T> {
  const late = new RemoteError(
    EXIT_UNREACHABLE,
    `${place.text} does not answer within ${limitMs / SECOND_MS} s. Its console may be overloaded, or this is not a console.`,
  );
  const timer = setTimeout(() => waitedFor.destroy(late), limitMs);
  try {
    return await wait();
  } catch (error) {
    waitedFor.destroy();
    throw remoteErrorOf(error, place);
  } finally {
    clearTimeout(timer);
  }
}

function remoteErrorOf(error: unknown, place: RemotePlace): RemoteError {
  if (error instanceof RemoteError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (FORBIDDEN.includes(code)) {
    const advice = 'Run the command as the user of the scheduler.';
    return new RemoteError(EXIT_REFUSED, `You may not use ${place.text}. ${advice}`, { cause: error });
  }
  const text = `The scheduler at ${place.text} cannot be reached: ${CAUSES[code] ?? message}.`;
  return new RemoteError(EXIT_UNREACHABLE, text, { cause: error });
}
