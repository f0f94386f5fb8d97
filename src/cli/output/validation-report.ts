import type { PluginManifest, RefusedPlugin, ScheduleStatus, Watch } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { localText, utcText } from './instant-text.ts';
import { loadFuelText } from './load-fuel.ts';
import { modulePath } from './module-path.ts';
import { scheduleNotes } from './schedule-notes.ts';
import type { Terminal } from './terminal.ts';
import { upcoming } from './upcoming.ts';

const SHOWN_OCCURRENCES = 5;

/** An accepted schedule, as `escapement validate --json` prints it. */
export interface CheckedSchedule {
  readonly key: string;
  readonly plugin: string;
  readonly description?: string;
  readonly cron: string;
  readonly timezone: string;
  readonly state: string;
  readonly faultReason?: string;
  readonly watch?: Watch;
  /** What may not be as the author of the schedule expects, one sentence each. */
  readonly notes: readonly string[];
  readonly next: readonly { readonly local: string; readonly utc: string }[];
}

/** An accepted plugin, as `escapement validate --json` prints it. */
export interface CheckedPlugin extends Pick<PluginManifest, 'name' | 'loadFuel'> {
  readonly module: string;
}

/** A refused plugin, as `escapement validate --json` prints it. */
export interface RefusedModule {
  readonly module: string;
  readonly code?: string;
  readonly problems: readonly string[];
}

/** What is printed of a schedule. A disabled or faulted one has no next occurrences. */
export function checkedSchedule(status: ScheduleStatus, nowMs: number): CheckedSchedule {
  const { key, plugin, description, cron, timezone, state, faultReason, watch, nextOccurrenceAtMs, createdAtMs } =
    status;
  const recurring = { expression: cron, timezone, seed: key, createdAtMs };
  const instants = nextOccurrenceAtMs === null ? [] : upcoming(recurring, nowMs, SHOWN_OCCURRENCES);
  return {
    key,
    plugin,
    ...(description !== undefined && { description }),
    cron,
    timezone,
    state,
    ...(faultReason !== undefined && { faultReason }),
    ...(watch !== undefined && { watch }),
    notes: scheduleNotes(status, nowMs),
    next: instants.map((atMs) => ({ local: localText(atMs, timezone), utc: utcText(atMs) })),
  };
}

/** What is printed of an accepted plugin. */
export function checkedPlugin({ name, module, loadFuel }: PluginManifest): CheckedPlugin {
  return { name, module: modulePath(module), ...(loadFuel && { loadFuel }) };
}

/** Prints plugins with what it cost to load them, and with their schedules. */
export function printAccepted(
  plugins: readonly CheckedPlugin[],
  schedules: readonly CheckedSchedule[],
  terminal: Terminal,
): void {
  const byPlugin = Map.groupBy(schedules, (schedule) => schedule.plugin);
  for (const plugin of plugins) {
    terminal.result(`${terminal.paint('green', 'accepted')} ${terminal.paint('bold', plugin.name)}`);
    const fuel = loadFuelText(plugin);
    if (fuel !== '') terminal.result(`  ${terminal.paint('dim', `loading it took ${fuel}`)}`);
    for (const schedule of byPlugin.get(plugin.name) ?? []) printSchedule(schedule, terminal);
  }
}

/** What somebody is told of a schedule that does not succeed. */
export function watchText({ maxSilenceMs }: Watch): string {
  return `silent when nothing has succeeded for ${spanText(maxSilenceMs)}`;
}

/** What is printed of a refused plugin. */
export function checkedRefusal({ module, error }: RefusedPlugin): RefusedModule {
  return {
    module: modulePath(module),
    ...(error.code !== undefined && { code: error.code }),
    problems: error.message.split('\n'),
  };
}

/** Prints refused plugins with everything that is wrong with them, to the standard error. */
export function printRefused(refused: readonly RefusedModule[], terminal: Terminal): void {
  for (const { module, problems } of refused) {
    terminal.notice(`${terminal.paintNotice('red', 'refused')} ${terminal.paintNotice('bold', module)}`);
    for (const problem of problems) terminal.notice(`  ${problem}`);
  }
}

function printSchedule(schedule: CheckedSchedule, terminal: Terminal): void {
  const { key, cron, timezone, state, faultReason, description, watch, notes, next } = schedule;
  const mark = state === 'disabled' || state === 'faulted' ? ` ${terminal.paint('yellow', state)}` : '';
  terminal.result(`  ${key}  "${cron}" ${timezone}${mark}`);
  if (description !== undefined) terminal.result(`    ${terminal.paint('dim', description)}`);
  if (faultReason !== undefined) terminal.result(`    ${faultReason}`);
  if (watch !== undefined) terminal.result(`    ${watchText(watch)}`);
  for (const note of notes) terminal.result(`    ${terminal.paint('yellow', 'note')} ${note}`);
  for (const { local, utc } of next) terminal.result(`    ${local}  ${terminal.paint('dim', utc)}`);
}
