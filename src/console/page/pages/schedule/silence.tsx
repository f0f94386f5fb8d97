import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { duration } from '../../words/durations.ts';

/** Says that nothing of a schedule has succeeded for longer than it may be silent. */
export function Silence({ schedule }: { readonly schedule: ScheduleStatus }) {
  const { silentSinceMs, lastSuccessAtMs, watch, timezone } = schedule;
  if (silentSinceMs === undefined) return null;
  return (
    <p class="callout bad">
      Silent since <Instant ms={silentSinceMs} zone={timezone} />:{' '}
      {lastSuccessAtMs === undefined ? (
        'no run of it has ever succeeded'
      ) : (
        <>
          its last success was <Instant ms={lastSuccessAtMs} zone={timezone} relative={true} />
        </>
      )}
      {watch !== undefined && <>, and it may be silent for {duration(watch.maxSilenceMs)}</>}.
    </p>
  );
}
