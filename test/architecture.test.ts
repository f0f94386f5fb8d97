import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_RULES, describeViolation, SHAPE_RULES, violations } from './support/architecture.ts';
import { KIT_FOLDERS, TECHNOLOGY_FOLDERS } from './support/ownership.ts';
import type { SourceText } from './support/source-scan.ts';

const src = join(import.meta.dirname, '..', 'src');
const sources = globSync('**/*.{ts,tsx}', { cwd: src }).map((path) => ({
  path: path.split(sep).join('/'),
  text: readFileSync(join(src, path), 'utf8'),
}));

/** For each rule, files that break it; what the message must point at is the last file's. */
const OFFENDERS: Record<string, readonly (readonly [path: string, text: string])[]> = {
  'machines are pure': [['machines/calendar/jitter.ts', `import { createHash } from 'node:os';`]],
  'wasm is pure': [['wasm/instrument.ts', `import { readFileSync } from 'node:fs';`]],
  'wasm serves guests only': [['host/scheduler.ts', `import { instrument } from '../wasm/instrument.ts';`]],
  'wire knows no thread': [['wire/error-transfer.ts', `import type { WireFault } from '../supervisor/protocol.ts';`]],
  'ports import nothing of the supervisor': [
    ['supervisor/ports/store.ts', `import type { LiveSchedule } from '../schedules/registry.ts';`],
  ],
  'the supervisor imports downwards': [
    ['supervisor/planning/timetable.ts', `import type { Turns } from '../cluster/turns.ts';`],
    ['supervisor/recovering/reconciler.ts', `import type { Engine } from '../engine.ts';`],
  ],
  'the supervisor knows only the protocol of the workers': [
    ['supervisor/running/drain.ts', `import type { Guest } from '../../workers/guest.ts';`],
  ],
  'workers know nothing of the supervisor': [['workers/execute.ts', `export * from '../supervisor/protocol.ts';`]],
  'a backend sees ports, not the supervisor': [
    ['backends/memory/memory-store.ts', `import type { Recorder } from '../../supervisor/recording/recorder.ts';`],
  ],
  'the outbound thread sees ports, not the supervisor': [
    ['outbound/desk.ts', `import { CallRate } from '../supervisor/calling/call-rate.ts';`],
  ],
  'a technology knows no other technology': [
    ['backends/redis/redis-locking.ts', `import type { PostgresFault } from '../postgres/postgres-fault.ts';`],
    ['backends/exchange/doubtful-locks.ts', `import { RedisConnection } from '../redis/redis-connection.ts';`],
  ],
  'a thread of SQLite is reached through its protocol': [
    ['backends/sqlite/sqlite-store.ts', `import { Queries } from './store-thread/queries.ts';`],
  ],
  'a thread of SQLite knows no other thread': [
    ['backends/sqlite/lock-thread/lock-entry.ts', `import type { Clock } from '../../../supervisor/ports/clock.ts';`],
  ],
  'other threads share no code of the host thread': [
    ['workers/execute.ts', `import { createScheduler } from '../host/scheduler.ts';`],
  ],
  'an adapter knows no other adapter': [
    ['supervisor/clocks/system-clock.ts', `import { pinoLogger } from '../loggers/pino-logger.ts';`],
  ],
  'only the composition root knows adapters': [
    ['supervisor/supervisor.ts', `const { SystemClock } = await import('./clocks/system-clock.ts');`],
    ['supervisor/recording/recorder.ts', `import { MemoryStore } from '../../backends/memory/memory-store.ts';`],
    ['supervisor/calling/fetch-calls.ts', `import { OutboundThread } from '../../outbound/outbound-thread.ts';`],
  ],
  'nobody imports the composition root': [
    ['supervisor/supervisor.ts', `import { openStore } from './open-backends.ts';`],
  ],
  'nobody imports an entry': [
    ['host/supervisor-client.ts', `import type {} from '../supervisor/supervisor-entry.ts';`],
  ],
  'nobody imports testing': [['supervisor/supervisor.ts', `import '../testing/index.ts';`]],
  'nobody imports cli': [['index.ts', `export { main } from './cli/main.ts';`]],
  'nobody imports console': [['host/scheduler.ts', `type Page = import('../console/page.ts').Page;`]],
  'nobody imports opentelemetry': [
    ['host/scheduler.ts', `import { instrumentScheduler } from '../opentelemetry/index.ts';`],
  ],
  'opentelemetry stays outside': [
    ['opentelemetry/spans.ts', `import type { RunRow } from '../supervisor/protocol.ts';`],
  ],
  'cli stays outside': [
    ['cli/main.ts', `import { Supervisor } from '../supervisor/supervisor.ts';`],
    ['cli/main.ts', `import { OPERATOR_METHODS } from '../supervisor/operator-protocol.ts';`],
  ],
  'console stays outside': [
    ['console/page.ts', `import { isSupervisorMethod } from '../supervisor/protocol.ts';`],
    ['console/page.ts', `import type { Task } from '../workers/protocol.ts';`],
  ],
  'the page is a world of its own': [
    ['console/page/pages/audit.tsx', `import { keyOf } from '../../../supervisor/operator-reports.ts';`],
    ['console/page/main.tsx', `import type { SchedulerSource } from '../scheduler-source.ts';`],
  ],
  'nobody imports the page': [['console/http/static-files.ts', `import { App } from '../page/app/app.tsx';`]],
  'the host thread runs nothing of another thread': [
    ['host/scheduler.ts', `import { type Supervisor } from '../supervisor/supervisor.ts';`],
  ],
  'machines use no test tools of xstate': [['machines/graph.ts', `import { getShortestPaths } from 'xstate/graph';`]],
  'worker_threads is owned': [['supervisor/running/drain.ts', `import { Worker } from 'worker_threads';`]],
  'child processes are owned': [['supervisor/running/isolating-pool.ts', `import { spawn } from 'child_process';`]],
  'the network of plugins is owned': [
    ['backends/redis/redis-client.ts', `import { lookup } from 'node:dns/promises';`],
    ['supervisor/calling/fetch-calls.ts', 'export const answer = fetch("https://example.com");'],
  ],
  'timers are owned': [['supervisor/running/drain.ts', 'export const later = globalThis.setTimeout(() => 1, 5);']],
  'the time of day is owned': [['supervisor/running/drain.ts', 'export const startedAt = new Date();']],
  'chance is owned': [['machines/calendar/jitter.ts', 'export const jitterMs = Math.random() * 10;']],
  'modules named at run time are loaded by their owners': [
    ['host/scheduler.ts', 'export const load = (m: string) => import(m);'],
  ],
  'piscina is owned': [['supervisor/supervisor.ts', `import { Piscina } from 'piscina';`]],
  'pino is owned': [['supervisor/supervisor.ts', `import pino from 'pino';`]],
  'xstate is owned': [['supervisor/supervisor.ts', `import { createActor } from 'xstate';`]],
  'cron-parser is owned': [
    ['machines/calendar/expression.ts', `import { CronExpressionParser } from 'cron-parser';`],
    ['machines/calendar/recurrence.ts', `const { CronExpressionParser } = require('cron-parser');`],
  ],
  'temporal-polyfill is owned': [
    ['supervisor/recovering/recovery.ts', `import { Temporal } from 'temporal-polyfill';`],
  ],
  'valibot is owned': [['supervisor/recovering/recovery.ts', `import * as v from 'valibot';`]],
  'SQLite is owned': [['supervisor/recovering/recovery.ts', `import type { DatabaseSync } from 'node:sqlite';`]],
  'Redis is owned': [['supervisor/locking/locker.ts', `const { createClient } = await import('redis');`]],
  'the browser is owned': [
    ['console/http/page-files.ts', `import { render } from 'preact';`],
    ['machines/run.ts', 'export const kept = () => localStorage.length;'],
  ],
  'Postgres is owned': [['backends/redis/redis-locking.ts', `import type { Pool } from 'pg';`]],
  'OpenTelemetry is owned': [['host/scheduler.ts', `import { trace } from '@opentelemetry/api';`]],
  'diagnostics channels are owned': [['host/scheduler.ts', `import { channel } from 'node:diagnostics_channel';`]],
  'prom-client is owned': [['supervisor/recording/metrics.ts', `import { Counter } from 'prom-client';`]],
  'what a run makes dies with it': [
    ['workers/context/made.ts', 'export const made = (signal: AbortSignal) => ({ get signal() { return signal; } });'],
  ],
  [SHAPE_RULES.index]: [['index.ts', 'export const version = 1;']],
  [SHAPE_RULES.length]: [['machines/long.ts', '\n'.repeat(251)]],
  [SHAPE_RULES.crowd]: Array.from({ length: 17 }, (_, index) => [`machines/part-${index}.ts`, ''] as const),
  [SHAPE_RULES.drawer]: [['machines/utils/round.ts', '']],
  [SHAPE_RULES.cycle]: [
    ['machines/left.ts', `import { right } from './right.ts';`],
    ['machines/right.ts', `import { left } from './left.ts';`],
  ],
};

describe('the architecture', () => {
  test('every source file keeps the rules', () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(violations(sources).map(describeViolation)).toEqual([]);
  });

  test('every folder of backends is a technology or a kit, so that the rules between them cover it', () => {
    const folders = new Set(
      sources
        .map(({ path }) => path.split('/'))
        .flatMap(([top, name]) => (top === 'backends' ? [`backends/${name}`] : [])),
    );
    expect([...folders].toSorted()).toEqual([...TECHNOLOGY_FOLDERS, ...KIT_FOLDERS].toSorted());
  });
});

describe('the architecture rules', () => {
  test('each rule has a file that breaks it', () => {
    expect(Object.keys(OFFENDERS).toSorted()).toEqual(ALL_RULES.toSorted());
  });

  test.each(Object.entries(OFFENDERS))('%s', (rule, offenders) => {
    const found = violations(offenders.map(([path, text]): SourceText => ({ path, text })));
    expect(found.map((violation) => violation.rule)).toContain(rule);
  });

  test('a function literal that becomes a property is found, and one that a constant or a field holds is not', () => {
    const found = (text: string) =>
      violations([{ path: 'workers/context/made.ts', text }]).map(({ rule, line }) => `${line} ${rule}`);
    expect(found('export class Made {\n  #call;\n  open() {\n    this.#call = () => 1;\n  }\n}')).toEqual([
      '4 what a run makes dies with it',
    ]);
    expect(found('export class Made {\n  get call() {\n    return 1;\n  }\n  readonly #call = () => 1;\n}')).toEqual(
      [],
    );
    expect(found('const call = () => 1;\nexport const made = { call };\nmade.call = call;')).toEqual([]);
  });

  test('a message names the rule, the file, what was found and the alternative', () => {
    const [violation] = violations([
      { path: 'supervisor/running/drain.ts', text: '\nexport const later = setTimeout(() => 1);' },
    ]);
    expect(violation && describeViolation(violation)).toBe(
      'src/supervisor/running/drain.ts:2 uses setTimeout\n  rule: timers are owned\n' +
        '  instead: use the injected Clock (supervisor/ports/clock.ts), so that a virtual clock drives it in tests',
    );
  });

  test.each([
    [
      'the same name of another object',
      'supervisor/running/drain.ts',
      'export const f = (clock: C) => clock.setTimeout({ setInterval: 1 });',
    ],
    ['the type of a timer', 'supervisor/running/drain.ts', 'export let timer: ReturnType<typeof setTimeout>;'],
    ['a date of a given instant', 'supervisor/running/drain.ts', 'export const f = (ms: number) => new Date(ms);'],
    [
      'the type of a MessagePort',
      'supervisor/running/drain.ts',
      `import type { MessagePort } from 'node:worker_threads';`,
    ],
    ['the types of the plugin contract', 'machines/run.ts', `import type { Schedule } from '../plugin.ts';`],
    [
      'the types of a port on the host thread',
      'index.ts',
      `export type { StateStore } from './supervisor/ports/store.ts';`,
    ],
    [
      'the types of what an operator asks, to the console',
      'console/page.ts',
      `import type { Overview } from '../supervisor/operator-reports.ts';`,
    ],
    [
      'a part of the same technology',
      'backends/sqlite/sqlite-store.ts',
      `import { WriteQueue } from './write-queue.ts';`,
    ],
    [
      'a kit of backends',
      'backends/redis/redis-locking.ts',
      `import { DoubtfulLocks } from '../exchange/doubtful-locks.ts';`,
    ],
    [
      'what operators ask, as types, to the command line',
      'cli/commands/list.ts',
      `import type { SchedulePage } from '../../supervisor/operator-reports.ts';`,
    ],
    [
      'the place of the console, to the command line',
      'cli/remote/place.ts',
      `import { consoleSocketPath } from '../../console/socket-path.ts';`,
    ],
    [
      'the reader of store files, to the command line',
      'cli/commands/history.ts',
      `import { StoreFile } from '../../backends/sqlite/store-thread/store-file.ts';`,
    ],
  ])('allow %s', (_what, path, text) => {
    expect(violations([{ path, text }]).map(describeViolation)).toEqual([]);
  });

  test('types close a cycle, dynamic imports do not', () => {
    const left = { path: 'machines/left.ts', text: `import type { Right } from './right.ts';` };
    const eager = { path: 'machines/right.ts', text: `import { left } from './left.ts';` };
    const dynamic = { path: 'machines/right.ts', text: `export const again = () => import('./left.ts');` };
    expect(violations([left, eager]).map(({ rule }) => rule)).toEqual([SHAPE_RULES.cycle]);
    expect(violations([left, dynamic])).toEqual([]);
  });
});
