import { OperatorDesk } from '../../src/supervisor/operating/operator-desk.ts';
import type { OperatorMethod, OperatorRequests } from '../../src/supervisor/operator-protocol.ts';
import type { Supervisor } from '../../src/supervisor/supervisor.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type VirtualSchedulerOptions, virtualSettings } from '../../src/testing/virtual-scheduler-options.ts';
import { VirtualWorld } from '../../src/testing/virtual-world.ts';
import type { AnswerOf, ParamsOf } from '../../src/wire/questions.ts';

/** What an operator sees of a scheduler in virtual time. */
export class VirtualDesk {
  readonly clock: VirtualClock;
  readonly #supervisor: Supervisor;
  readonly #desk: OperatorDesk;

  private constructor(clock: VirtualClock, supervisor: Supervisor, desk: OperatorDesk) {
    [this.clock, this.#supervisor, this.#desk] = [clock, supervisor, desk];
  }

  static async open(options: VirtualSchedulerOptions): Promise<VirtualDesk> {
    const settings = virtualSettings(options);
    const clock = new VirtualClock(settings.startAtMs);
    const { supervisor } = new VirtualWorld(clock, settings, () => {}).newProcess();
    await clock.advanceUntil(supervisor.start());
    return new VirtualDesk(clock, supervisor, new OperatorDesk(supervisor.operated()));
  }

  /** The supervisor as its host asks it. */
  get host(): Supervisor {
    return this.#supervisor;
  }

  /** As much time passes as the answer takes. */
  ask<M extends OperatorMethod>(
    method: M,
    params: ParamsOf<OperatorRequests, M>,
  ): Promise<AnswerOf<OperatorRequests, M>> {
    return this.asked(method, params) as Promise<AnswerOf<OperatorRequests, M>>;
  }

  /** The same with what nobody has checked. */
  asked(method: unknown, params: unknown): Promise<unknown> {
    return this.clock.advanceUntil(this.#desk.answer(method, params));
  }
}
