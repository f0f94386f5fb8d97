import type { Explanation, Scheduler, SchedulerWarning, ScheduleStatus } from '../../index.ts';
import { counted } from './counted.ts';
import { utcText } from './instant-text.ts';
import type { Terminal } from './terminal.ts';

const NOTHING_KNOWN: Pick<Explanation, 'downTime'> = {};

/**
 * Reports what a scheduler finds when it starts: its plugins, and what an earlier scheduler left in the store. Make it
 * before `start()`, because it listens for warnings and lost runs from then on.
 */
export class StartNotice {
  readonly #scheduler: Scheduler;
  readonly #madeAtMs = Date.now();
  readonly #warnings: string[] = [];
  readonly #warned = ({ message }: SchedulerWarning): void => {
    this.#warnings.push(message);
  };
  #lostCount = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    scheduler.on('warning', this.#warned);
    scheduler.on('run', ({ outcome }) => {
      if (outcome === 'lost') this.#lostCount += 1;
    });
  }

  /** Call it after `start()`. @param storePath The file that keeps the state; null if no file does. */
  async print(storePath: string | null, terminal: Terminal): Promise<void> {
    const scheduler = this.#scheduler;
    for (const { module, error } of scheduler.refusedPlugins) {
      terminal.notice(`${terminal.paintNotice('yellow', 'Refused:')} ${module}: ${error.message}`);
    }
    const schedules = await scheduler.schedules();
    // Later warnings go to the log only; these are about the start.
    scheduler.off('warning', this.#warned);
    for (const message of this.#warnings) {
      terminal.notice(`${terminal.paintNotice('yellow', 'Warning:')} ${message}`);
    }
    const plugins = new Set(schedules.map(({ plugin }) => plugin)).size;
    const next = schedules.flatMap(({ nextOccurrenceAtMs }) => nextOccurrenceAtMs ?? []).sort((a, b) => a - b)[0];
    const first = next === undefined ? '' : `; first due ${next <= Date.now() ? 'now' : utcText(next)}`;
    terminal.notice(
      `escapement: started ${counted(schedules.length, 'schedule')} of ${counted(plugins, 'plugin')}${first}`,
    );
    if (storePath === null) return;
    terminal.notice(`escapement: state in ${storePath} (${await this.#contents(schedules)})`);
  }

  async #contents(schedules: readonly ScheduleStatus[]): Promise<string> {
    const known = schedules.filter(({ createdAtMs }) => createdAtMs < this.#madeAtMs);
    const [first] = known;
    if (first === undefined) return 'new';
    // A store that cannot answer has already caused a warning. The schedules run all the same.
    const { downTime } = await this.#scheduler.explain(first.key, this.#madeAtMs).catch(() => NOTHING_KNOWN);
    const down = downTime?.fromMs === undefined ? [] : [`nothing ran since ${utcText(downTime.fromMs)}`];
    const lost = this.#lostCount === 0 ? [] : [`${counted(this.#lostCount, 'run')} lost`];
    return [`${counted(known.length, 'schedule')} known`, ...down, ...lost].join(', ');
  }
}
