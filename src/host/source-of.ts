import type { SchedulerSource } from '../supervisor/operator-protocol.ts';
import { PortSource } from './console/port-source.ts';
import { clientOf, type Scheduler } from './scheduler.ts';

const SOURCES = new WeakMap<Scheduler, PortSource>();

/**
 * A scheduler as the console sees it, on the host thread: for a handler that the host mounts in a server of its own. It
 * may be asked for before the scheduler has started. There is one for each scheduler.
 */
export function sourceOf(scheduler: Scheduler): SchedulerSource {
  const known = SOURCES.get(scheduler);
  if (known !== undefined) return known;
  const source = new PortSource();
  SOURCES.set(scheduler, source);
  clientOf(scheduler).attach(
    (port) => source.connect(port),
    () => source.close(),
  );
  return source;
}
