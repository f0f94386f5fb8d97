import type { Explanation, Scheduler, SchedulerWarning, ScheduleStatus } from '../../index.ts';
import { counted } from './counted.ts';
import { utcText } from './instant-text.ts';
import type { Terminal } from './terminal.ts';

const NOTHING_KNOWN: Pick<Explanation, 'downTime'> = {};

/** What a scheduler finds of an earlier one when it starts. Listens from its making until `tell`. */
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

  /** @param storePath Of the file that keeps the state; null when none does. */
  async tell(storePath: string | null, terminal: Terminal): Promise<void> {
    const scheduler = this.#scheduler;
    for (const { module, error } of scheduler.refusedPlugins) {
      terminal.notice(`${terminal.paintNotice('yellow', 'Refused:')} ${module}: ${error.message}`);
    }
    const schedules = await scheduler.schedules();
    // Later ones are in the log: these are about what it starts with.
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
    terminal.notice(`escapement: state in ${storePath} (${await this.#found(schedules)})`);
  }

  async #found(schedules: readonly ScheduleStatus[]): Promise<string> {
    const known = schedules.filter(({ createdAtMs }) => createdAtMs < this.#madeAtMs);
    const [first] = known;
    if (first === undefined) return 'new';
    // A store that cannot answer has warned of it, and is no reason not to run.
    const { downTime } = await this.#scheduler.explain(first.key, this.#madeAtMs).catch(() => NOTHING_KNOWN);
    const down = downTime?.fromMs === undefined ? [] : [`nothing ran since ${utcText(downTime.fromMs)}`];
    const lost = this.#lostCount === 0 ? [] : [`${counted(this.#lostCount, 'run')} lost`];
    return [`${counted(known.length, 'schedule')} known`, ...down, ...lost].join(', ');
  }
}
