import { packageVersion } from '../../wire/package-version.ts';
import type { Overview } from '../operator-reports.ts';
import type { InTurn } from './in-turn.ts';
import type { OperatedNode } from './operated-node.ts';
import { problemsOf, type Survey, survey } from './problems.ts';

/** For so long what was seen of the schedules is good enough. Every page that is open asks. */
const SURVEY_MS = 200;

/** Makes overviews. Several that are asked for at a time share one look at the schedules. */
export class Overviews {
  readonly #node: OperatedNode;
  readonly #longWork: InTurn;
  readonly #version = packageVersion();
  #survey: { readonly untilMs: number; readonly seen: Promise<Survey> } | null = null;

  constructor(node: OperatedNode, longWork: InTurn) {
    this.#node = node;
    this.#longWork = longWork;
  }

  async overview(): Promise<Overview> {
    const seen = await this.#seen();
    const { clock, engine, nodeId, timezone, startedAtMs } = this.#node;
    return {
      nodeId,
      version: this.#version,
      nowMs: clock.nowMs(),
      startedAtMs,
      timezone,
      isDraining: engine.isDraining,
      scheduleCount: seen.count,
      states: seen.states,
      nextDueAtMs: engine.nextDueAtMs,
      liveRunCount: engine.live.size,
      problems: problemsOf(this.#node, seen, this.#node.stats()),
    };
  }

  #seen(): Promise<Survey> {
    const nowMs = this.#node.clock.monotonicMs();
    if (this.#survey === null || nowMs >= this.#survey.untilMs) {
      this.#survey = { untilMs: nowMs + SURVEY_MS, seen: this.#longWork.do(() => survey(this.#node)) };
    }
    return this.#survey.seen;
  }
}
