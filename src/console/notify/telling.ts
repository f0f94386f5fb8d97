/** Tells notices to those whom the host has named, and says to the scheduler when it is done. */
import type { NotifyConfig, NotifyTarget } from '../../host/notify/notify-options.ts';
import type { Notice } from '../../index.ts';
import type { SchedulerSource } from '../scheduler-source.ts';
import type { NotifyParts, Warn } from './notify-parts.ts';
import { type Attempt, type DeliveryEnd, OutgoingLine } from './outgoing-line.ts';
import { type Message, messageOf, noticeId, Webhook } from './webhook.ts';

const MAX_WAITING = 1_000;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const DEFAULT_TIMEOUT_MS = 10_000;
/** How many notices are remembered, so that none is told twice. */
const MAX_SEEN = 10_000;

interface Receiver {
  wants(notice: Notice): boolean;
  readonly line: OutgoingLine;
  send(message: Message, signal: AbortSignal): Promise<Attempt>;
}

export class Telling {
  readonly #source: SchedulerSource;
  readonly #receivers: readonly Receiver[];
  /** By id, the oldest first: whether everybody has it. */
  readonly #seen = new Map<string, boolean>();
  /** By schedule key, the oldest first: the notices of what is so now, as far as they have come here. */
  readonly #standing = new Map<string, Standing>();

  constructor(source: SchedulerSource, { targets }: NotifyConfig, parts: NotifyParts, warn: Warn) {
    this.#source = source;
    this.#receivers = targets.map((target) => receiverOf(target, { source, parts, warn }));
  }

  /** Tells of a change to all who want it, unless it was seen before. */
  tell(notice: Notice): void {
    this.#tell(notice, noticeId(notice));
  }

  /**
   * Tells what is so by the scheduler's state, unless it was seen before. Of a failure that goes on the scheduler knows
   * the last run only, and not the one of which somebody may be told at this moment.
   */
  tellStanding(notice: Notice): void {
    this.#tell(notice, this.#standing.get(notice.key)?.[matterOf(notice)] ?? noticeId(notice));
  }

  #tell(notice: Notice, id: string): void {
    this.#stands(notice, id);
    const known = this.#seen.get(id);
    // The scheduler may not have heard that everybody has it.
    if (known === true) this.#told(notice);
    if (known !== undefined) return;
    this.#seen.set(id, false);
    forgetOldest(this.#seen);
    const receivers = this.#receivers.filter((receiver) => receiver.wants(notice));
    const message = messageOf(notice);
    const ends = receivers.map(
      ({ line, send }) =>
        new Promise<DeliveryEnd>((ended) => line.add({ attempt: (signal) => send(message, signal), ended })),
    );
    void Promise.all(ends).then((all) => {
      // What somebody did not get is told again by the next process, if it is still so.
      if (all.includes('dropped')) return;
      if (this.#seen.has(id)) this.#seen.set(id, true);
      this.#told(notice);
    });
  }

  async close(limitMs: number): Promise<void> {
    await Promise.all(this.#receivers.map(({ line }) => line.close(limitMs)));
  }

  #stands(notice: Notice, id: string): void {
    const { key } = notice;
    const matter = matterOf(notice);
    const before = matter === 'recovered' ? {} : { ...this.#standing.get(key), recovered: undefined };
    this.#standing.delete(key);
    this.#standing.set(key, { ...before, [matter]: id });
    forgetOldest(this.#standing);
  }

  #told({ key, told }: Notice): void {
    // Without a supervisor nobody keeps it, and the next one has it told again.
    this.#source.ask('told', { key, told }).catch(() => {});
  }
}

/** What notices are about, whatever the way in which a schedule fails. */
type Matter = 'failing' | 'silent' | 'recovered';
/** The id of the notice of each matter. */
type Standing = Readonly<Partial<Record<Matter, string | undefined>>>;

function matterOf({ kind }: Notice): Matter {
  return kind === 'silent' || kind === 'recovered' ? kind : 'failing';
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > MAX_SEEN && oldest !== undefined) map.delete(oldest);
}

interface ReceiverParts {
  readonly source: SchedulerSource;
  readonly parts: NotifyParts;
  readonly warn: Warn;
}

function receiverOf(target: NotifyTarget, { source, parts, warn }: ReceiverParts): Receiver {
  const { on } = target;
  const wants = ({ kind }: Notice): boolean => on === undefined || on.includes(kind);
  const limits = { maxWaiting: MAX_WAITING, giveUpAfterMs: GIVE_UP_AFTER_MS };
  if ('webhook' in target) {
    const webhook = new Webhook(target, parts);
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = target;
    const line = new OutgoingLine({ ...limits, name: webhook.name, timeoutMs }, parts, warn);
    return { wants, line, send: (message, signal) => webhook.post(message, signal) };
  }
  const { hostFunction: name, timeoutMs: limitMs = DEFAULT_TIMEOUT_MS } = target;
  // The host may be blocked for long, and must not be called twice for that: it keeps the limit itself.
  const line = new OutgoingLine({ ...limits, name: `The host function "${name}"`, timeoutMs: null }, parts, warn);
  const send = async ({ id, body }: Message): Promise<Attempt> => {
    await source.ask('callHost', { name, args: [{ id, ...JSON.parse(body) }], limitMs });
    return { is: 'taken' };
  };
  return { wants, line, send };
}
