import { type CheckInNames, checkInPlace } from '../../machines/watching/check-in-place.ts';
import type { ScheduleCheckIn } from '../operator-reports.ts';
import type { InstalledPlugin } from '../schedules/plugin-registry.ts';

/** Where the runs of each schedule check in, as their installations say. */
export function checkInsOf(plugins: Iterable<Pick<InstalledPlugin, 'reference' | 'definitions'>>): ScheduleCheckIn[] {
  return [...plugins].flatMap(({ reference, definitions }) =>
    (reference.checkIn ?? []).flatMap(({ schedule, url, style }) =>
      definitions
        .filter(({ identity }) => schedule === undefined || schedule === identity.scheduleId)
        .map(({ key, identity }) => ({ key, url: checkInPlace(url, namesOf(identity)), style })),
    ),
  );
}

function namesOf(identity: InstalledPlugin['definitions'][number]['identity']): CheckInNames {
  const { plugin, scheduleId, tenantId = '', siteId = '' } = identity;
  return { plugin, schedule: scheduleId, tenant: tenantId, site: siteId };
}
