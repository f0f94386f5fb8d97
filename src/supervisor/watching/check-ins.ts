import type { ScheduleCheckIn } from '../operator-reports.ts';
import type { InstalledPlugin } from '../schedules/plugin-registry.ts';

/** Where the runs of each schedule check in, as their installations say. */
export function checkInsOf(plugins: Iterable<Pick<InstalledPlugin, 'reference' | 'definitions'>>): ScheduleCheckIn[] {
  return [...plugins].flatMap(({ reference, definitions }) =>
    (reference.checkIn ?? []).flatMap(({ schedule, url, style }) =>
      definitions
        .filter(({ identity }) => schedule === undefined || schedule === identity.scheduleId)
        .map(({ key, identity }) => ({ key, url: filled(url, identity), style })),
    ),
  );
}

/** Names are letters, digits and what a path may hold, but those of tenants and sites may be any. */
function filled(
  url: string,
  { plugin, scheduleId, tenantId = '', siteId = '' }: InstalledPlugin['definitions'][number]['identity'],
): string {
  const names: Readonly<Record<string, string>> = { plugin, schedule: scheduleId, tenant: tenantId, site: siteId };
  return url.replace(/\{(plugin|schedule|tenant|site)\}/g, (_, name: string) =>
    encodeURIComponent((names[name] ?? '').toWellFormed()),
  );
}
