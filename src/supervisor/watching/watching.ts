/**
 * Says how schedules stand to those who do not look: what is told, and whether it was told before, is decided in
 * `machines/watching`. Who sends it where is not known here.
 */
import {
  type News,
  type Notice,
  newsOfRun,
  newsOfSilence,
  noticeOf,
  perhapsTold,
  untoldNews,
} from '../../machines/watching/notices.ts';
import { eitherTold, isSameTold, NOTHING_TOLD, type Told } from '../../machines/watching/told.ts';
import type { Onlookers } from '../operator-protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { ScheduleRegistry } from '../schedules/registry.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface WatchingParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly registry: ScheduleRegistry;
  /** Those who may listen for notices, and tell them. */
  readonly onlookers?: Pick<Onlookers, 'isHeard'>;
}

export class Watching {
  readonly #parts: WatchingParts;
  readonly #silence: SilenceWatch;
  /** By schedule key: what this supervisor has given out, until the store knows that it was told. */
  readonly #givenOut = new Map<string, Told>();
  #isClosed = false;

  constructor(parts: WatchingParts) {
    const { clock, recorder } = parts;
    this.#parts = parts;
    this.#silence = new SilenceWatch({ clock, recorder, silent: (schedule) => this.#fellSilent(schedule) });
    recorder.onRunSettled = (schedule) => this.#runSettled(schedule);
  }

  /** Call it for a schedule that is added, or has another definition than before. */
  watch(schedule: LiveSchedule): void {
    this.#silence.watch(schedule);
  }

  /** Call it when a schedule is gone. One that takes its key has told nobody of anything. */
  forget(schedule: LiveSchedule): void {
    this.#silence.forget(schedule);
    this.#givenOut.delete(schedule.definition.key);
  }

  /** What is still to be told, for one that begins to tell: by the store, nobody is known to have been told. */
  notices(): readonly Notice[] {
    return [...this.#parts.registry.all()].flatMap((schedule) =>
      untoldNews(schedule.state).map((news) => {
        this.#onItsWay(schedule, news);
        return this.#give(schedule, news);
      }),
    );
  }

  /**
   * Somebody has been told so much of a schedule. When all that was given out has been told, what comes is late: it is
   * about what was wrong before, and would keep the next failure from being told.
   */
  told({ key, told }: { readonly key: string; readonly told: Told }): void {
    const schedule = this.#parts.registry.find(key);
    // After a restart, what an earlier thread has given out is known by the state.
    const givenOut = this.#givenOut.get(key) ?? schedule?.state.mayBeTold;
    if (givenOut === undefined || this.#isClosed) return;
    const isAll = isSameTold(givenOut, told);
    if (isAll) this.#givenOut.delete(key);
    if (schedule === undefined) return;
    const { told: before = NOTHING_TOLD, mayBeTold } = schedule.state;
    const stillMayBe = isAll ? undefined : mayBeTold;
    if (isSameTold(before, told) && stillMayBe === mayBeTold) return;
    const rest = stillMayBe === undefined ? {} : { mayBeTold: stillMayBe };
    void this.#parts.recorder.change(schedule, { kind: 'told', key, told, ...rest });
  }

  /** Nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#silence.close();
  }

  #runSettled(schedule: LiveSchedule): void {
    const { lastRun } = schedule.state;
    // A run that was lost ended with an earlier process, and was no chance for this one.
    if (lastRun === undefined || lastRun.outcome === 'lost') return;
    this.#tell(schedule, newsOfRun(this.#toldOf(schedule), lastRun.outcome));
    this.#silence.runEnded(schedule);
  }

  #fellSilent(schedule: LiveSchedule): void {
    this.#tell(schedule, newsOfSilence(this.#toldOf(schedule)));
  }

  #tell(schedule: LiveSchedule, news: News | null): void {
    if (news === null) return;
    const { recorder, onlookers } = this.#parts;
    if (onlookers?.isHeard('notice')) this.#onItsWay(schedule, news);
    recorder.notify(this.#give(schedule, news));
  }

  /**
   * Writes down what somebody may be told from now on, before it is on its way: whoever tells may do so and die, or this
   * thread may, before that is known here. A recovery adds nothing: until it is told, what was wrong may be known still.
   */
  #onItsWay(schedule: LiveSchedule, { told: coming }: News): void {
    const { told = NOTHING_TOLD, mayBeTold = NOTHING_TOLD } = schedule.state;
    const wider = eitherTold(mayBeTold, coming);
    if (isSameTold(wider, mayBeTold) || this.#isClosed) return;
    const { key } = schedule.definition;
    void this.#parts.recorder.change(schedule, { kind: 'told', key, told, mayBeTold: wider });
  }

  #give(schedule: LiveSchedule, news: News): Notice {
    const { key, identity, declared } = schedule.definition;
    this.#givenOut.set(key, news.told);
    const { state } = schedule;
    const { nodeId } = this.#parts.recorder;
    return noticeOf(news, { state, identity, nodeId, maxSilenceMs: declared.watch?.maxSilenceMs });
  }

  #toldOf({ definition, state }: LiveSchedule): Told {
    return this.#givenOut.get(definition.key) ?? perhapsTold(state);
  }
}
