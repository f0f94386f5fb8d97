/**
 * The scheduler's facts on Node's diagnostics channels, for those who watch a process without its code knowing: they
 * subscribe by name. Published on the host thread, when the event arrives there.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { emitToEach } from '../hearing/listeners.ts';
import { ownCopy } from '../hearing/own-copy.ts';
import type { SchedulerEvents } from '../scheduler-events.ts';

const CHANNELS: Readonly<Record<keyof SchedulerEvents, Channel>> = {
  'run-start': channel('escapement:run:start'),
  progress: channel('escapement:run:progress'),
  run: channel('escapement:run:end'),
  decision: channel('escapement:decision'),
  warning: channel('escapement:warning'),
  notice: channel('escapement:notice'),
  stopped: channel('escapement:stopped'),
  error: channel('escapement:error'),
};

/**
 * Emits an event to each listener of the scheduler, and publishes it if its channel has a subscriber. They get a copy, and
 * may do with it what they like.
 */
export function announce<E extends keyof SchedulerEvents>(
  scheduler: EventEmitter<SchedulerEvents>,
  type: E,
  event: SchedulerEvents[E][0],
): void {
  const at = CHANNELS[type];
  const isHeard = at.hasSubscribers || scheduler.listenerCount(type) > 0;
  const own = isHeard ? ownCopy(event) : event;
  if (at.hasSubscribers) at.publish({ scheduler, event: own }); // A `DiagnosticMessage`.
  emitToEach(scheduler, type, own);
}
