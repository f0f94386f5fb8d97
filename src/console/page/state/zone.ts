import { keptChoice } from './kept.ts';
import { useStore } from './store.ts';

/** In whose time instants are shown. `schedule`: each schedule's own zone, and UTC where there is no schedule. */
export const zoneChoice = keptChoice('zone', ['local', 'utc', 'schedule']);

export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The IANA zone for an instant, given the zone of the schedule that it belongs to. */
export function zoneFor(choice: 'local' | 'utc' | 'schedule', own: string | null): string {
  if (choice === 'local') return LOCAL_ZONE;
  return choice === 'schedule' && own !== null ? own : 'UTC';
}

export function useZone(own: string | null): string {
  return zoneFor(useStore(zoneChoice), own);
}
