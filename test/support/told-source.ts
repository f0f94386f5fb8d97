import type { SchedulerSource } from '../../src/console/scheduler-source.ts';
import type { Notice } from '../../src/machines/watching/notices.ts';
import type { OperatorEvent, OperatorMethod, OperatorTopic } from '../../src/supervisor/operator-protocol.ts';
import type { ScheduleCheckIn } from '../../src/supervisor/operator-reports.ts';
import type { SchedulerWarning } from '../../src/supervisor/scheduler-reports.ts';

/** A scheduler that has what a test says, and hears what it is told. */
export class ToldSource {
  notices: readonly Notice[] = [];
  checkIns: readonly ScheduleCheckIn[] = [];
  callHost: (name: string, args: readonly unknown[]) => unknown = () => null;
  readonly warnings: SchedulerWarning[] = [];
  readonly told: unknown[] = [];
  /** How long each call of a function of the host might take. */
  readonly limitsMs: number[] = [];
  readonly asked: OperatorMethod[] = [];
  /** Asks fail with this while it is set. */
  failure: Error | null = null;
  readonly #listeners = new Set<{
    topics: readonly OperatorTopic[];
    heard: (events: readonly OperatorEvent[]) => void;
  }>();
  readonly #waiting: { method: OperatorMethod; resolve: () => void }[] = [];

  get source(): SchedulerSource {
    return this as unknown as SchedulerSource;
  }

  /** The topics that somebody listens to. */
  get topics(): OperatorTopic[] {
    return [...this.#listeners].flatMap(({ topics }) => topics);
  }

  async ask(method: OperatorMethod, params: unknown): Promise<unknown> {
    this.asked.push(method);
    if (this.failure !== null) throw this.failure;
    const answer = await this.#answer(method, params);
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.method === method) waiting.resolve();
      else this.#waiting.push(waiting);
    }
    return answer;
  }

  /** Resolves when this was asked once more. */
  whenAsked(method: OperatorMethod): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }

  listen(topics: readonly OperatorTopic[], heard: (events: readonly OperatorEvent[]) => void): () => void {
    const listener = { topics, heard };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(...events: readonly OperatorEvent[]): void {
    for (const { topics, heard } of this.#listeners) {
      const wanted = events.filter(({ type }) => topics.includes(type));
      if (wanted.length > 0) heard(wanted);
    }
  }

  async #answer(method: OperatorMethod, params: unknown): Promise<unknown> {
    switch (method) {
      case 'notices':
        return this.notices;
      case 'checkIns':
        return this.checkIns;
      case 'told':
        return this.told.push(params);
      case 'warn':
        return this.warnings.push(params as SchedulerWarning);
      case 'callHost': {
        const { name, args, limitMs } = params as { name: string; args: unknown[]; limitMs: number };
        this.limitsMs.push(limitMs);
        return this.callHost(name, args);
      }
      default:
        throw new TypeError(`nobody asks ${method}`);
    }
  }
}
