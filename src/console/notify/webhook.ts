/** A web service that is told of notices. Its URL and its headers may hold secrets, so that only its origin is named. */
import type { WebhookTarget } from '../../host/notify/notify-options.ts';
import type { Notice, RunRecord } from '../../index.ts';
import type { NotifyParts } from './notify-parts.ts';
import type { Attempt } from './outgoing-line.ts';
import { retryAfterMs } from './retrying.ts';
import { idOf, secretBytes, signatureOf } from './signature.ts';

/** A notice on its way: the same for each attempt, and if another process sends it again. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** What is sent of a notice. */
export function messageOf(notice: Notice): Message {
  const { kind, key, atMs, text, told: _, run, ...data } = notice;
  const timestamp = new Date(atMs).toISOString();
  const content = {
    type: `schedule.${kind}`,
    timestamp,
    text,
    data: { kind, key, atMs, ...data, ...(run && { run: runOf(run) }) },
  };
  return { id: noticeId(notice), body: JSON.stringify(content) };
}

/** Names a notice, whoever tells it. */
export function noticeId({ kind, key, atMs }: Notice): string {
  return idOf(`${kind} ${key} ${atMs}`);
}

/** Where the stack of an error leads is nobody's business, and it is long. */
function runOf({ error, ...run }: RunRecord): object {
  return error === undefined ? run : { ...run, error: { name: error.name, message: error.message } };
}

export class Webhook {
  readonly name: string;
  readonly #target: WebhookTarget;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #secret: Buffer | null;
  readonly #parts: Pick<NotifyParts, 'clock' | 'exchange'>;

  constructor(target: WebhookTarget, parts: Pick<NotifyParts, 'clock' | 'exchange'>) {
    this.name = `The webhook at ${new URL(target.webhook).origin}`;
    this.#target = target;
    this.#headers = Object.fromEntries(
      Object.entries(target.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.#secret = target.secret === undefined ? null : secretBytes(target.secret);
    this.#parts = parts;
  }

  /** Rejects when the network fails. */
  async post({ id, body }: Message, signal: AbortSignal): Promise<Attempt> {
    const { clock, exchange } = this.#parts;
    const nowMs = clock.nowMs();
    const timestamp = Math.floor(nowMs / 1_000);
    const headers = {
      ...this.#headers,
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': `${timestamp}`,
      ...(this.#secret && { 'webhook-signature': signatureOf({ id, timestamp, body }, this.#secret) }),
    };
    const order = { url: this.#target.webhook, method: 'POST', headers, body } as const;
    const { status, retryAfter } = await exchange(order, signal);
    if (status >= 200 && status < 300) return { is: 'taken' };
    const reason = `it answered with status ${status}`;
    // By this status a receiver says that it wants nothing any more.
    if (status === 410) return { is: 'refused', reason };
    return { is: 'failed', reason, notBeforeMs: retryAfterMs(retryAfter, nowMs) };
  }
}
