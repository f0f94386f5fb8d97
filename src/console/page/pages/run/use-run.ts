import { useEffect, useMemo, useState } from 'preact/hooks';
import type { HistoryRecord } from '../../../../machines/history.ts';
import type { LogLine } from '../../../../machines/run.ts';
import type { OperatorEvent } from '../../../../supervisor/operator-protocol.ts';
import type { LiveRunDetail } from '../../../../supervisor/operator-reports.ts';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import type { ApiError } from '../../server/request.ts';
import { joinedLog, MOST_LINES } from './joined-log.ts';

/** What is known of a run. It is live, or has ended, or nothing is known yet. */
export interface RunView {
  readonly run: HistoryRecord | null;
  readonly live: LiveRunDetail | null;
  /** Oldest first. */
  readonly log: readonly LogLine[];
  readonly droppedLogLines: number;
  readonly error: ApiError | null;
  readonly refresh: () => void;
}

interface RunAnswer {
  readonly run: HistoryRecord | null;
  readonly live: LiveRunDetail | null;
}

const EVERY_MS = 3_000;
const TOPICS = ['run-start', 'progress', 'run', 'log'] as const;

/** Follows a run: what it says is added as it is said, and the record replaces it all when the run has ended. */
export function useRun(runId: string): RunView {
  const [isOver, setOver] = useState(false);
  const { data, error, refresh } = useAnswer<RunAnswer>(`runs/${encodeURIComponent(runId)}`, isOver ? null : EVERY_MS);
  const [progress, setProgress] = useState<LiveRunDetail['progress']>(null);
  const [heardLines, setHeardLines] = useState<readonly LogLine[]>([]);
  const heard = (happened: OperatorEvent): void => {
    if (!('runId' in happened.event) || happened.event.runId !== runId) return;
    if (happened.type === 'log') {
      const { line } = happened.event;
      setHeardLines((lines) => [...lines, line].slice(-MOST_LINES));
    } else if (happened.type === 'progress') setProgress(happened.event);
    else refresh();
  };
  useEvents(TOPICS, heard, refresh);
  useEffect(() => setOver(data !== null && data.live === null && data.run !== null), [data]);
  const run = data?.run ?? null;
  const live = data?.live ?? null;
  const log = useMemo(() => joinedLog(live?.log ?? run?.log ?? [], heardLines), [live, run, heardLines]);
  return {
    run,
    live: live === null ? null : { ...live, progress: progress ?? live.progress },
    log,
    droppedLogLines: run?.droppedLogLines ?? live?.droppedLogLines ?? 0,
    error,
    refresh,
  };
}
