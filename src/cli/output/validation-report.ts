import type { PluginManifest, RefusedPlugin, ScheduleStatus, Watch } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { localText, utcText } from './instant-text.ts';
import { loadFuelText } from './load-fuel.ts';
import { modulePath } from './module-path.ts';
import { printCells, printParagraph } from './paragraph.ts';
import { scheduleNotes } from './schedule-notes.ts';
import type { Terminal } from './terminal.ts';
import { upcoming } from './upcoming.ts';

const SHOWN_OCCURRENCES = 5;
/** Before what is said of a schedule. */
const DETAIL = '    ';

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
    if (fuel !== '') printParagraph(`loading it took ${fuel}`, terminal, { indent: '  ', style: 'dim' });
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
  const isOff = state === 'disabled' || state === 'faulted';
  const mark = isOff ? [{ text: state, paint: (text: string) => terminal.paint('yellow', text) }] : [];
  printCells([{ text: `${key} ` }, { text: `"${cron}"` }, { text: timezone }, ...mark], terminal, {
    indent: '  ',
    gap: 1,
  });
  if (description !== undefined) printParagraph(description, terminal, { indent: DETAIL, style: 'dim' });
  if (faultReason !== undefined) printParagraph(faultReason, terminal, { indent: DETAIL });
  if (watch !== undefined) printParagraph(watchText(watch), terminal, { indent: DETAIL });
  const label = { text: 'note', paint: (text: string) => terminal.paint('yellow', text) };
  for (const note of notes) printParagraph(note, terminal, { indent: DETAIL, label });
  for (const { local, utc } of next) {
    const cells = [{ text: local }, { text: utc, paint: (text: string) => terminal.paint('dim', text) }];
    printCells(cells, terminal, { indent: DETAIL, gap: 2 });
  }
}
