/** What an attack on the console is made of, and how its bytes are written. */
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * The consoles of the target's process. `open` has no token, `token` has one, `read-only` lets nobody act, `mounted` is a
 * handler whose `authorize` lets nobody in, and `page` serves files, with one beside them that is nobody's business.
 */
export type TargetName = 'open' | 'token' | 'read-only' | 'mounted' | 'page';

export interface Target {
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
}

export interface Attack {
  readonly kind: string;
  readonly name: string;
  readonly on: TargetName;
  /** Takes longer than a test may. */
  readonly isSlow?: boolean;
  /** Sends it, and resolves to everything that came back: HTTP as text, one answer after the other. */
  send(target: Target): Promise<string>;
  /** What is wrong with the answers beside what is wrong with any, or null. */
  judge?(answers: string): string | null;
}

/** Only the target knows it. */
export const TOKEN = 'the-token-of-the-target-8f3a91';
/** What the file beside the page says. */
export const SECRET = 'TOP-SECRET-CONTENT';
/** What plugins say of themselves, in every text that they control. */
export const TAG = '<script>alert(1)</script>';
export const TRIGGER = '/api/schedules/subject%2Fquiet/trigger';
export const PAUSE = '/api/schedules/subject%2Fquiet/pause';
const LIMIT_MS = 5_000;

export interface Wire {
  readonly method?: string;
  readonly path: string;
  /** Lines; `Host` is added unless there is one, and so is `Connection: close`. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A request as text. The length of its body is stated unless a header says something about it. */
export function requestText({ host }: Target, { method = 'GET', path, headers = [], body = '' }: Wire): string {
  const has = (name: string): boolean => headers.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const isMeasured = body === '' || has('content-length') || has('transfer-encoding');
  return [
    `${method} ${path} HTTP/1.1`,
    ...(has('host') ? [] : [`Host: ${host}`]),
    ...headers,
    ...(isMeasured ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...(has('connection') ? [] : ['Connection: close']),
    '',
    body,
  ].join('\r\n');
}

/** Sends bytes on a connection of their own. Resolves when the server has closed it, or after five seconds. */
export async function sendBytes(target: Target, bytes: string | Uint8Array, limitMs = LIMIT_MS): Promise<string> {
  const socket = connect({ host: target.hostname, port: target.port });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A server that has refused a request may close while the rest of it is on its way.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const timer = setTimeout(() => socket.destroy(), limitMs);
  socket.write(bytes);
  await closed;
  clearTimeout(timer);
  return Buffer.concat(chunks).toString('latin1');
}

export async function connected(target: Target): Promise<ReturnType<typeof connect>> {
  const socket = connect({ host: target.hostname, port: target.port });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** An attack of one request. */
export function oneRequest(attack: Omit<Attack, 'send'> & { readonly wire: Wire }): Attack {
  const { wire, ...rest } = attack;
  return { ...rest, send: (target) => sendBytes(target, requestText(target, wire)) };
}

/** The statuses of all answers in a text. */
export function statusesIn(answers: string): number[] {
  return [...answers.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));
}
