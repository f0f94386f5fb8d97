import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { Clock } from '../ports/clock.ts';
import type { OwnGroup } from '../ports/groups.ts';
import type { LockingPlugin } from '../ports/locking.ts';
import type { StateStore } from '../ports/store.ts';

export interface ClusterPorts {
  readonly clock: Clock;
  readonly nodeId: string;
  /** Where nodes announce themselves, if they do not share a store. */
  readonly locking: LockingPlugin | null;
  /** The store that the nodes share: there they say which schedules they have. */
  readonly store?: Pick<StateStore, 'name' | 'announceGroup' | 'readGroup'> | null;
  /** The schedules of this node that nodes have to agree on. */
  readonly ownGroup?: () => OwnGroup;
  /** How many runs this node may execute at a time, for the statistics of the others. */
  readonly capacity?: number;
  /** The backend has said what time it is. */
  readonly measured?: (reading: ClockReading) => void;
  /** The lock backend did not take a sign of life, or answered it wrongly. */
  readonly onBroken?: (error: unknown) => void;
}
