import { second } from '../state/frames.ts';
import { useStore } from '../state/store.ts';
import { useZone } from '../state/zone.ts';
import { distance } from '../words/durations.ts';
import { exactInstant, shortInstant } from '../words/instants.ts';

interface InstantProps {
  /** Epoch milliseconds. */
  readonly ms: number;
  /** The zone of the schedule that it belongs to. */
  readonly zone?: string | null;
  /** Whether to say how far away it is instead of when; the other is in the title. */
  readonly relative?: boolean;
  /** Whether it is still to come: what is overdue is due now. */
  readonly coming?: boolean;
}

/** An instant, in the zone that the reader has chosen. */
export function Instant({ ms, zone = null, relative = false, coming = false }: InstantProps) {
  const shownZone = useZone(zone);
  const nowMs = useStore(second);
  return (
    <time class="instant" dateTime={new Date(ms).toISOString()} title={exactInstant(ms, shownZone)}>
      {relative ? distance(coming ? Math.max(0, ms - nowMs) : ms - nowMs) : shortInstant(ms, shownZone, nowMs)}
    </time>
  );
}
