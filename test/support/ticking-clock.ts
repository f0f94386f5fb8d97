import { TickClock, type Ticked } from '../../src/supervisor/planning/tick-clock.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

/**
 * A started tick clock that expects one occurrence, and what it did. Ticks are in milliseconds from now, as is
 * `dueInMs`; jumps are in milliseconds.
 */
export function tickingOn(clock: VirtualClock, dueInMs = Number.POSITIVE_INFINITY, liveCount = 0) {
  const seen = { ticks: [] as number[], jumps: [] as number[], wakeUps: 0 };
  const startMs = clock.nowMs();
  const ticked: Ticked = {
    isWorking: false,
    tick: ({ wallMs }) => {
      seen.ticks.push(wallMs - startMs);
      return Number.POSITIVE_INFINITY;
    },
  };
  const tickClock = new TickClock({
    clock,
    ticked,
    actors: { liveCount },
    listener: {
      woke: () => {
        seen.wakeUps += 1;
      },
      jumped: (byMs) => seen.jumps.push(byMs),
    },
  });
  tickClock.expect(startMs + dueInMs);
  tickClock.start();
  return { clock, seen, tickClock, startMs };
}
