import { turnOf } from '../../../../machines/rendezvous.ts';
import type { SchedulePage } from '../../../../supervisor/operator-reports.ts';
import type { ClusterNode } from '../../../../supervisor/scheduler-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TableFrame } from '../../parts/scroll-frame.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { questionPath } from '../../server/request.ts';
import { scheduleAddress } from '../../state/route.ts';

const SHOWN = 10;
const EVERY_MS = 5_000;

/** Which node may try first for what falls due next. Every node computes the same order, and so does the page. */
export function NextTurns({ nodes }: { readonly nodes: readonly ClusterNode[] }) {
  const path = questionPath('schedules', { sort: 'next', limit: SHOWN });
  const { data, refresh } = useAnswer<SchedulePage>(path, EVERY_MS);
  useEvents(['run-start'], refresh);
  const alive = nodes.filter(({ state }) => state === 'alive').map(({ nodeId }) => nodeId);
  const due = (data?.schedules ?? []).flatMap(({ key, timezone, nextOccurrenceAtMs: atMs }) =>
    atMs === null ? [] : [{ key, timezone, atMs }],
  );
  return (
    <Panel title="Next turns" kind="below">
      <TableFrame label="Next turns">
        <table>
          <thead>
            <tr>
              <th>Schedule</th>
              <th>Occurrence</th>
              <th>Goes first</th>
            </tr>
          </thead>
          <tbody>
            {due.map(({ key, timezone, atMs }) => (
              <tr key={key}>
                <td>
                  <a class="mono" href={scheduleAddress(key)} data-entry={true}>
                    {key}
                  </a>
                </td>
                <td>
                  <Instant ms={atMs} zone={timezone} />
                </td>
                <td class="mono small">{alive.find((node) => turnOf(node, alive, `${key}@${atMs}`) === 0) ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </Panel>
  );
}
