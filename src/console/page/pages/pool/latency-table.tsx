import type { SchedulerStats } from '../../../../supervisor/scheduler-reports.ts';
import { TableFrame } from '../../parts/scroll-frame.tsx';
import { duration } from '../../words/durations.ts';

const PARTS = ['tick', 'lock', 'queue', 'start', 'total'] as const;

/** How late runs began, by part. */
export function LatencyTable({ lateness }: { readonly lateness: SchedulerStats['lateness'] }) {
  return (
    <TableFrame label="Lateness by part">
      <table>
        <thead>
          <tr>
            <th>Part</th>
            <th class="number">Median</th>
            <th class="number">99 %</th>
            <th class="number">Most</th>
          </tr>
        </thead>
        <tbody>
          {PARTS.map((part) => (
            <tr key={part} class={part === 'total' ? 'sum' : ''}>
              <th scope="row">
                <span class={`part-${part}`}>{part}</span>
              </th>
              <td class="number">{duration(lateness[part].p50Ms)}</td>
              <td class="number">{duration(lateness[part].p99Ms)}</td>
              <td class="number">{duration(lateness[part].maxMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
