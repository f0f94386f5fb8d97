import type { StoreEntry } from '../ledger/entries.ts';
import { type Introductions, introduce } from '../ledger/introductions.ts';
import type { RunRecord } from '../run.ts';
import type { Registration } from '../schedule-entries.ts';
import { type Packed, Packing, unpack } from './packed.ts';
import type { PackedStart, RunFact } from './run-rows.ts';

/** The events that say what happened to a run, among those of the supervisor. */
export type RunEvent =
  | { readonly type: 'run-start'; readonly event: PackedStart }
  | { readonly type: 'run'; readonly event: RunRecord }
  | { readonly type: 'ledger'; readonly event: StoreEntry | Introductions };

interface AnyEvent {
  readonly type: string;
  readonly event: unknown;
}

/** Events on their way to the host, in their order. */
export class EventBatch<E extends AnyEvent> {
  readonly #packing = new Packing<E>((event) => factOf(event as AnyEvent as RunEvent));

  get isEmpty(): boolean {
    return this.#packing.isEmpty;
  }

  add(event: E): void {
    this.#packing.add(event);
  }

  /** Adds a schedule to the new ones before it, if the last event was about these. Returns whether it was. */
  introduce(registration: Registration): boolean {
    const last = this.#packing.lastOther as RunEvent | undefined;
    if (last?.type !== 'ledger' || last.event.kind !== 'introductions') return false;
    introduce(last.event, registration);
    return true;
  }

  /** What was added since the last call. */
  take(): Packed<E> {
    return this.#packing.take();
  }
}

/** The events as they were before they were sent. */
export function unpackEvents<E extends AnyEvent>(events: Packed<E>): readonly (E | RunEvent)[] {
  return unpack<E | RunEvent>(events, eventOf);
}

function factOf(event: RunEvent): RunFact | null {
  switch (event.type) {
    case 'run-start':
      return { kind: 'started', start: event.event };
    case 'run':
      return { kind: 'ended', record: event.event };
    case 'ledger':
      return event.event.kind === 'claimed' || event.event.kind === 'settled' ? event.event : null;
    default:
      return null;
  }
}

function eventOf(fact: RunFact): RunEvent {
  switch (fact.kind) {
    case 'started':
      return { type: 'run-start', event: fact.start };
    case 'ended':
      return { type: 'run', event: fact.record };
    default:
      return { type: 'ledger', event: fact };
  }
}
