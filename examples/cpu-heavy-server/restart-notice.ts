import type { Scheduler, ScheduleStatus } from '../../src/index.ts';
import { paint } from './terminal.ts';

/** More looks would not help: a schedule with jitter deals with missed occurrences only when it is due. */
const MAX_LOOKS = 100;

/** Collects what a scheduler finds out about an earlier start: what was missed meanwhile, and which runs were lost. */
export class RestartNotice {
  readonly #scheduler: Scheduler;
  readonly #missed = new Map<string, number>();
  readonly #madeAtMs = Date.now();
  #lostCount = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    scheduler.on('decision', ({ key, outcome, count }) => {
      if (outcome === 'missed-skipped') this.#missed.set(key, (this.#missed.get(key) ?? 0) + count);
    });
    scheduler.on('run', ({ outcome }) => {
      if (outcome === 'lost') this.#lostCount += 1;
    });
  }

  /** Empty at the first start. */
  async lines(): Promise<string[]> {
    const known = (await this.#lookedAt()).filter(({ createdAtMs }) => createdAtMs < this.#madeAtMs);
    const [first] = known;
    if (first === undefined) return [];
    const { downTime } = await this.#scheduler.explain(first.key, this.#madeAtMs);
    const { fromMs = first.createdAtMs, untilMs = this.#madeAtMs } = downTime ?? {};
    const missed = [...this.#missed].map(([key, count]) => `${key} ${count}`);
    const lost = this.#lostCount === 0 ? '' : `; runs lost: ${this.#lostCount}`;
    return [
      `Was down           for ${((untilMs - fromMs) / 1_000).toFixed(1)} s, from ${new Date(fromMs).toISOString()}`,
      `Missed and skipped ${paint('yellow', missed.join(', ') || 'nothing')}${lost}`,
    ];
  }

  /** Resolves to the schedules once each has dealt with what fell due before this start. */
  async #lookedAt(): Promise<readonly ScheduleStatus[]> {
    let schedules = await this.#scheduler.schedules();
    for (let looks = 1; looks < MAX_LOOKS && schedules.some((each) => this.#isBehind(each)); looks++) {
      schedules = await this.#scheduler.schedules();
    }
    return schedules;
  }

  #isBehind({ nextOccurrenceAtMs }: ScheduleStatus): boolean {
    return nextOccurrenceAtMs !== null && nextOccurrenceAtMs < this.#madeAtMs;
  }
}
