import { useEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../../../machines/run.ts';
import { Panel } from '../../parts/panel.tsx';
import { ScrollFrame } from '../../parts/scroll-frame.tsx';
import { useZone } from '../../state/zone.ts';
import { exactTimeOfDay } from '../../words/instants.ts';
import { counted } from '../../words/numbers.ts';
import type { RunView } from './use-run.ts';

/** What a run has said. While it is live, the newest line stays in sight unless one has scrolled up. */
export function RunLog({ view: { log, live, droppedLogLines } }: { readonly view: RunView }) {
  const frame = useRef<HTMLElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = frame.current;
    if (element !== null && live !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [log, live]);
  return (
    <Panel
      title="Log"
      kind="log-panel"
      aside={<span class="quiet">{live === null ? counted(log.length, 'line') : 'live'}</span>}
    >
      {droppedLogLines > 0 && <p class="quiet">{counted(droppedLogLines, 'older line')} not kept.</p>}
      {log.length === 0 ? (
        <p class="quiet">{live === null ? 'It logged nothing that is kept.' : 'Nothing yet.'}</p>
      ) : (
        <ScrollFrame
          frame={frame}
          kind="log"
          label="Log lines"
          onScroll={({ scrollHeight, scrollTop, clientHeight }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < 24;
          }}
        >
          {log.map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </ScrollFrame>
      )}
    </Panel>
  );
}

function Line({ line: { atMs, level, message, fields } }: { readonly line: LogLine }) {
  const zone = useZone(null);
  return (
    <div class={`log-line ${level}`}>
      <span class="log-time">{exactTimeOfDay(atMs, zone)}</span>
      <span class="log-level">{level}</span>
      <span class="log-text">
        {message}
        {fields !== undefined && Object.keys(fields).length > 0 && <code>{JSON.stringify(fields)}</code>}
      </span>
    </div>
  );
}
