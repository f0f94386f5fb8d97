import { TransientMap } from '../../machines/collections/transient-map.ts';
import type { ClusterRun } from '../scheduler-reports.ts';
import type { RunInProgress } from './run-in-progress.ts';

/** The runs of this node by the key of their schedule, each from the tick until its lock is given back. */
export class RunsInProgress extends TransientMap<string, RunInProgress> {
  ids(): Set<string> {
    return new Set([...this.values()].map(({ runId }) => runId));
  }

  withId(runId: string): RunInProgress | undefined {
    for (const run of this.values()) if (run.runId === runId) return run;
    return undefined;
  }

  /** The runs whose occurrence this node has. */
  claimed(): ClusterRun[] {
    const claimed = [...this.values()].filter(({ claimedAtMs, isRecorded }) => claimedAtMs !== null && !isRecorded);
    return claimed.map(({ runId, definition, occurrence }) => {
      return { runId, key: definition.key, scheduledAtMs: occurrence.scheduledAtMs };
    });
  }

  /** The longest grace of the runs under way, which bounds how long a stop may take. 0 if there are none. */
  longestGraceMs(): number {
    return Math.max(0, ...[...this.values()].map(({ definition }) => definition.budget.graceMs));
  }
}
