import type { OperatorEvent, OperatorTopic } from '../../../supervisor/operator-protocol.ts';
import type { SchedulerSource } from '../../scheduler-source.ts';
import { Refusal } from '../refusal.ts';
import { EventClient } from './event-client.ts';

const MAX_CLIENTS = 100;
const BEAT_MS = 15_000;
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000;
/**
 * What happens is gathered for so long before it is sent, by clients in turn. Schedules are due at full seconds, when the
 * host and the supervisor thread have most to do: what is sent comes after that, and not to all clients at once.
 */
const GATHER_MS = [50, 60, 70, 80, 90, 100, 110, 120, 130, 140];

/** What a client wants to hear of. Without topics it is everything but what runs log; without keys and runs, all. */
export interface EventFilter {
  readonly topics: readonly OperatorTopic[];
  readonly keys: ReadonlySet<string>;
  readonly runIds: ReadonlySet<string>;
}

/** The clients of the event stream. Their number is bounded, and a timer runs only while there are any. */
export class EventHub {
  readonly #source: SchedulerSource;
  readonly #clients = new Set<EventClient>();
  /** One event goes to many clients: it is written as text once. */
  readonly #texts = new WeakMap<OperatorEvent, string>();
  #beat: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** How many clients there have been. */
  #count = 0;

  constructor(source: SchedulerSource) {
    this.#source = source;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** The body of an answer that goes on until the client leaves. Throws a refusal when there are too many. */
  open(filter: EventFilter): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) throw closing();
    if (this.#clients.size >= MAX_CLIENTS) {
      const message = `${MAX_CLIENTS} clients follow the events already: close one of them.`;
      throw new Refusal(429, 'too-many-clients', message, { 'retry-after': '10' });
    }
    let unlisten = (): void => {};
    const gatherMs = GATHER_MS[this.#count % GATHER_MS.length] as number;
    this.#count += 1;
    const ended = (): void => {
      unlisten();
      this.#left(client);
    };
    const client = new EventClient({ greeting: `retry: ${RETRY_MS}\n: connected\n\n`, gatherMs, ended });
    unlisten = this.#source.listen(
      filter.topics,
      (events) => this.#tell(client, filter, events),
      () => this.close(),
    );
    if (this.#isClosed) throw closing();
    this.#clients.add(client);
    this.#beat ??= setInterval(() => this.#beatAll(), BEAT_MS).unref();
    return client.body;
  }

  /** Ends the streams, and opens none any more: so it is also when the scheduler stops. */
  close(): void {
    this.#isClosed = true;
    for (const client of [...this.#clients]) client.end();
  }

  #tell(client: EventClient, filter: EventFilter, events: readonly OperatorEvent[]): void {
    const texts = events.filter((event) => fits(event, filter)).map((event) => this.#textOf(event));
    if (texts.length > 0) client.push(texts.join(''));
  }

  #textOf(event: OperatorEvent): string {
    const known = this.#texts.get(event);
    if (known !== undefined) return known;
    const text = `event: ${event.type}\ndata: ${JSON.stringify(event.event)}\n\n`;
    this.#texts.set(event, text);
    return text;
  }

  #beatAll(): void {
    for (const client of [...this.#clients]) client.beat();
  }

  #left(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || this.#beat === null) return;
    clearInterval(this.#beat);
    this.#beat = null;
  }
}

function closing(): Refusal {
  return new Refusal(
    503,
    'closing',
    'Nothing happens here any more: the scheduler has stopped, or the console is closed.',
  );
}

/** Sources that take in no more than they can say so with an event of this type. */
function isNoticeOfLoss(type: string): boolean {
  return type === 'dropped';
}

function fits({ type, event }: OperatorEvent, { topics, keys, runIds }: EventFilter): boolean {
  // Whoever listens must know that something is missing, whatever it was.
  if (isNoticeOfLoss(type)) return true;
  if (!topics.includes(type)) return false;
  const [key, runId] = ['key' in event ? event.key : undefined, 'runId' in event ? event.runId : undefined];
  return (
    (keys.size === 0 || (key !== undefined && keys.has(key))) &&
    (runIds.size === 0 || (runId !== undefined && runIds.has(runId)))
  );
}
