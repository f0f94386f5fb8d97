/** Runs scenarios, each in a process of its own, and repeats alone those in which only the neighbour was late. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScheduler, InvalidOptionError } from '../../../src/index.ts';
import { seededRandom } from '../crash/seeded-random.ts';
import { judge, LATE, latenessOf, type Problem } from './judge.ts';
import type { Isolation, KindOfScenario } from './scenario.ts';
import { type ProcessReport, runInProcess, type ScenarioPlace } from './scenario-process.ts';
import { CONTROL } from './scenarios.ts';

export interface CampaignOptions {
  readonly scenarios: readonly KindOfScenario[];
  readonly isolation: Isolation;
  readonly seed: number;
  /** How many scenarios run at a time. Default 1. */
  readonly jobs?: number;
  readonly onResult?: (result: ScenarioResult) => void;
}

export interface ScenarioResult {
  readonly scenario: KindOfScenario;
  readonly problems: readonly Problem[];
  readonly latestMs: number;
  readonly report: ProcessReport;
}

export interface CampaignResult {
  /** In the order of `scenarios`. */
  readonly results: readonly ScenarioResult[];
  /** How late the neighbour was at worst without anything hostile. */
  readonly quietMs: number;
}

/** Whether this version can run plugins in such a place. */
export async function isAvailable(isolation: Isolation): Promise<boolean> {
  if (isolation === 'thread') return true;
  try {
    await createScheduler({ pool: { isolation } as object });
    return true;
  } catch (error) {
    if (error instanceof InvalidOptionError) return false;
    throw error;
  }
}

/** @throws Error when even the control scenario fails: then nothing can be said of the others. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const codeCache = mkdtempSync(join(tmpdir(), 'escapement-hostile-code-'));
  const remove = (): void => rmSync(codeCache, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  try {
    return await runScenarios({ ...options, codeCache });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

type ScenarioOptions = CampaignOptions & ScenarioPlace;

async function runScenarios(options: ScenarioOptions): Promise<CampaignResult> {
  const quietMs = await latenessOfControl(options);
  const results = new Map<KindOfScenario, ScenarioResult>();
  const waiting = shuffled(options.scenarios, options.seed);
  const lane = async (): Promise<void> => {
    for (let scenario = waiting.pop(); scenario !== undefined; scenario = waiting.pop()) {
      const result = await runScenario(scenario, options, quietMs);
      results.set(scenario, result);
      if (!isLate(result)) options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs ?? 1 }, lane));
  for (const { scenario } of [...results.values()].filter(isLate)) {
    const again = await repeat(scenario, options, quietMs);
    results.set(scenario, again);
    options.onResult?.(again);
  }
  return { results: options.scenarios.map((scenario) => results.get(scenario) as ScenarioResult), quietMs };
}

async function latenessOfControl(options: ScenarioOptions): Promise<number> {
  const report = await runInProcess(CONTROL, options);
  const latestMs = latenessOf(report.facts);
  const { problems } = judge(CONTROL, report, latestMs);
  if (problems.length === 0) return latestMs;
  throw new Error(`The control scenario failed: ${JSON.stringify(problems)} ${report.output}`);
}

async function runScenario(
  scenario: KindOfScenario,
  options: ScenarioOptions,
  quietMs: number,
): Promise<ScenarioResult> {
  const report = await runInProcess(scenario, options);
  return { scenario, report, ...judge(isolated(scenario, options.isolation), report, quietMs) };
}

/**
 * A busy machine delays the neighbour as well. So a late scenario gets a second chance, alone, and is compared with a
 * control run of the same minute.
 */
async function repeat(scenario: KindOfScenario, options: ScenarioOptions, quietMs: number): Promise<ScenarioResult> {
  return runScenario(scenario, options, Math.max(quietMs, await latenessOfControl(options)));
}

function isLate({ problems }: ScenarioResult): boolean {
  return problems.some(({ expected }) => expected === LATE);
}

/** In a random order, so that what one scenario does to the machine does not always meet the same one after it. */
function shuffled(scenarios: readonly KindOfScenario[], seed: number): KindOfScenario[] {
  const random = seededRandom(seed);
  return scenarios
    .map((scenario) => ({ scenario, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ scenario }) => scenario);
}

function isolated(scenario: KindOfScenario, isolation: Isolation): KindOfScenario {
  const { expect, expectInProcess = expect } = scenario;
  return isolation === 'process' ? { ...scenario, expect: expectInProcess } : scenario;
}
