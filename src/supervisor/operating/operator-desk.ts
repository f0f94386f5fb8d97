/**
 * Answers everything that an operator may ask of a node, and does what he wants done. Whatever takes long is cut into
 * slices, because the clock ticks on the same thread.
 */

import type { Explanation } from '../../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { Notice } from '../../machines/watching/notices.ts';
import type { Told } from '../../machines/watching/told.ts';
import type { JsonValue } from '../../plugin.ts';
import type { AnswerOf, ParamsOf } from '../../wire/questions.ts';
import type { CallOfHost, OperatorMethod, OperatorRequests } from '../operator-protocol.ts';
import type {
  Lane,
  LaneQuery,
  LiveRun,
  LiveRunDetail,
  Overview,
  PluginPage,
  PluginQuery,
  ScheduleCheckIn,
  ScheduleDetail,
  SchedulePage,
  ScheduleQuery,
} from '../operator-reports.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import { scheduleManifest } from '../schedules/plugin-manifest.ts';
import { checkInsOf } from '../watching/check-ins.ts';
import { InTurn } from './in-turn.ts';
import { lanesOf } from './lanes.ts';
import { pluginPage } from './listing/plugin-pages.ts';
import { SchedulePages } from './listing/schedule-pages.ts';
import { liveRunDetail, liveRunOfSchedule, liveRuns } from './live-reports.ts';
import type { OperatedNode } from './operated-node.ts';
import { checkedParams, isOperatorMethod } from './operator-checks.ts';
import { Overviews } from './overviews.ts';
import { pastInTurn } from './past-in-turn.ts';
import { Upcoming } from './upcoming.ts';

/** How many occurrences the detail of a schedule has. */
const UPCOMING = 10;

type Answers = {
  readonly [M in OperatorMethod]: (
    params: ParamsOf<OperatorRequests, M>,
  ) => AnswerOf<OperatorRequests, M> | Promise<AnswerOf<OperatorRequests, M>>;
};

export class OperatorDesk implements Answers {
  readonly #node: OperatedNode;
  readonly #longWork = new InTurn();
  readonly #pages: SchedulePages;
  readonly #overviews: Overviews;
  readonly #upcoming: Upcoming;

  constructor(node: OperatedNode) {
    this.#node = { ...node, past: pastInTurn(node.past) };
    this.#pages = new SchedulePages(node.clock, node.engine.schedules, this.#longWork);
    this.#overviews = new Overviews(node, this.#longWork);
    this.#upcoming = new Upcoming(node.clock, node.engine.schedules, this.#longWork);
    // Whoever opens a desk will ask for a page, and many schedules take a while to sort.
    void this.#pages.prepare();
  }

  /** Answers what came in a message. Rejects with an `InvalidOptionError` that names the argument that is wrong. */
  async answer(method: unknown, params: unknown): Promise<AnswerOf<OperatorRequests, OperatorMethod>> {
    if (!isOperatorMethod(method)) throw new TypeError('a scheduler cannot be asked for this');
    const answering = this[method] as (params: unknown) => AnswerOf<OperatorRequests, OperatorMethod>;
    return answering.call(this, checkedParams(method, params));
  }

  overview(): Promise<Overview> {
    return this.#overviews.overview();
  }

  page(query: ScheduleQuery): Promise<SchedulePage> {
    return this.#pages.page(query);
  }

  plugins(query: PluginQuery): Promise<PluginPage> {
    return this.#longWork.do(() => pluginPage(this.#node, query));
  }

  async schedule({ key }: { readonly key: string }): Promise<ScheduleDetail> {
    const upcoming = await this.#upcoming.fromNow(key, UPCOMING);
    const { engine } = this.#node;
    const schedule = engine.schedules.get(key);
    return {
      schedule: engine.schedules.statusOf(schedule),
      declared: scheduleManifest(schedule.definition),
      upcoming,
      live: liveRunOfSchedule(engine, key),
    };
  }

  lanes(query: LaneQuery): Promise<readonly Lane[]> {
    return lanesOf(this.#node, this.#upcoming, query);
  }

  upcoming({ key, count }: { readonly key: string; readonly count: number }): Promise<readonly number[]> {
    return this.#upcoming.fromNow(key, count);
  }

  async life({ key, limit }: { readonly key: string; readonly limit: number }): Promise<readonly LifeEvent[]> {
    return (await this.#node.past.life(key)).slice(0, limit);
  }

  live(): readonly LiveRun[] {
    return liveRuns(this.#node.engine);
  }

  liveRun({ runId }: { readonly runId: string }): LiveRunDetail | null {
    return liveRunDetail(this.#node.engine, runId);
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#node.past.history(query);
  }

  explain({ key, atMs }: { readonly key: string; readonly atMs: number }): Promise<Explanation> {
    return this.#node.past.explain(key, atMs);
  }

  audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#node.audit.list(query);
  }

  notices(): readonly Notice[] {
    return this.#node.engine.schedules.watching.notices();
  }

  told(params: { readonly key: string; readonly told: Told }): null {
    this.#node.engine.schedules.watching.told(params);
    return null;
  }

  checkIns(): readonly ScheduleCheckIn[] {
    return checkInsOf(this.#node.plugins.all());
  }

  warn(warning: SchedulerWarning): null {
    this.#node.recorder.warn(warning);
    return null;
  }

  async callHost(call: CallOfHost): Promise<JsonValue> {
    return (await this.#node.callHost?.(call)) ?? null;
  }

  readonly stats: Answers['stats'] = () => this.#node.stats();
  readonly metrics: Answers['metrics'] = () => this.#node.metrics();
  readonly trigger: Answers['trigger'] = (params) => this.#node.actions.triggerWhenRecorded(params);
  readonly pause: Answers['pause'] = (params) => this.#node.actions.pause(params);
  readonly resume: Answers['resume'] = (params) => this.#node.actions.resume(params);
  readonly setPosition: Answers['setPosition'] = (params) => this.#node.actions.setPosition(params);
  readonly abort: Answers['abort'] = (params) => this.#node.actions.abort(params);
  readonly reload: Answers['reload'] = (params) => this.#node.actions.reload(params);
}
