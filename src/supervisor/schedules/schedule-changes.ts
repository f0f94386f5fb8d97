/** What a new version of a plugin changes in its schedules. */
import { previewOf } from '../../wire/value-preview.ts';
import type { ReloadReport } from '../plugin-reports.ts';
import type { ScheduleDefinition } from './definition.ts';

type Definitions = readonly ScheduleDefinition[];

export function scheduleChanges(before: Definitions, after: Definitions): ReloadReport {
  const old = new Map(before.map((definition) => [definition.key, definition]));
  const kept = new Set(after.map(({ key }) => key));
  const added = after.filter(({ key }) => !old.has(key)).map(({ key }) => key);
  const removed = before.filter(({ key }) => !kept.has(key)).map(({ key }) => key);
  const changed: { readonly key: string; readonly why: string }[] = [];
  const unchanged: string[] = [];
  for (const definition of after) {
    const present = old.get(definition.key);
    if (present === undefined) continue;
    const why = differences(present, definition);
    if (why === '') unchanged.push(definition.key);
    else changed.push({ key: definition.key, why });
  }
  return { added, removed, changed, unchanged };
}

/** Each field that differs, with its old and its new value. A config may hold secrets, so it is only named. */
function differences(before: ScheduleDefinition, after: ScheduleDefinition): string {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field]))
    .map((field) =>
      field === 'config' ? 'its config' : `${field}: ${valueText(old[field])} is now ${valueText(now[field])}`,
    )
    .join('; ');
}

function fieldsOf({ declared, times, priority, budget }: ScheduleDefinition): Readonly<Record<string, unknown>> {
  const { cron, timezone, jitterMs, missedRunPolicy, isEnabled } = times;
  const limits = Object.entries(budget).map(([name, value]) => [`budget.${name}`, value]);
  return {
    ...declared,
    ...{ cron, timezone, jitterMs, missedRunPolicy, enabled: isEnabled, priority },
    budget: undefined,
    ...Object.fromEntries(limits),
  };
}

function valueText(value: unknown): string {
  return value === undefined ? 'not set' : previewOf(value);
}
