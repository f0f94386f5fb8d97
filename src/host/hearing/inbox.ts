/**
 * Handles the messages of the supervisor thread on the host thread. An exception here would end the host's process, so
 * there is none: a message that cannot be handled is dropped and reported, and the next one is handled as ever.
 */

import { unpackEvents } from '../../machines/packing/event-batch.ts';
import type { Packed } from '../../machines/packing/packed.ts';
import type { FromSupervisor, SupervisorEvent } from '../../supervisor/protocol.ts';
import { fromWireFault } from '../../wire/error-transfer.ts';
import type { Questions } from '../../wire/questions.ts';
import type { HostCall } from '../host-functions.ts';

/** What the messages are for. */
export interface InboxParts {
  readonly questions: Questions;
  /** Keeps what the host has to know of the supervisor. */
  readonly replica: { apply(event: SupervisorEvent): void };
  heard(event: SupervisorEvent): void;
  called(call: HostCall): void;
  /** A message, or an event in it, could not be handled. */
  dropped(error: unknown): void;
}

const EVENTS: ReadonlySet<unknown> = new Set<SupervisorEvent['type']>([
  'run-start',
  'progress',
  'run',
  'decision',
  'warning',
  'notice',
  'plugins',
  'begun',
  'stopping',
  'ledger',
]);

export function receive(message: unknown, parts: InboxParts): void {
  guard(parts, () => handle(message as FromSupervisor, parts));
}

function handle(message: FromSupervisor, parts: InboxParts): void {
  switch (message.kind) {
    case 'answered':
      parts.questions.answer(message.id, message.result);
      break;
    case 'refused':
      parts.questions.refuse(message.id, errorOf(message.fault));
      break;
    case 'events':
      handleEvents(message.events, parts);
      break;
    case 'host.called':
      if (!Number.isSafeInteger(message.callId) || typeof message.name !== 'string' || !Array.isArray(message.args)) {
        throw new TypeError('a call of a host function lacks its id, name or arguments');
      }
      parts.called(message);
      break;
    default:
      throw new TypeError('a message is of an unknown kind');
  }
}

/** Keeps all events first, and emits them then: whatever a listener does, no entry is lost. */
function handleEvents(events: Packed<SupervisorEvent>, parts: InboxParts): void {
  const kept = unpackEvents(events).filter((event) =>
    guard(parts, () => {
      if (!EVENTS.has(event.type)) throw new TypeError('an event is of an unknown type');
      parts.replica.apply(event);
    }),
  );
  for (const event of kept) guard(parts, () => parts.heard(event));
}

/** Whoever waits for the answer must hear of a refusal, also when its reason cannot be read. */
function errorOf(fault: Extract<FromSupervisor, { kind: 'refused' }>['fault']): Error {
  try {
    return fromWireFault(fault);
  } catch (cause) {
    return new Error('the request was refused, with a reason that cannot be read', { cause });
  }
}

function guard({ dropped }: InboxParts, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    dropped(error);
    return false;
  }
}
