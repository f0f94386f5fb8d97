import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createScheduler, type RunRecord, sqliteStore } from '../../src/index.ts';
import { fixture, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

/** Runs a plugin that logs these fields once; what was written, kept, emitted and stored of it. */
async function logged(fields: Record<string, unknown>, redact: readonly string[] = []) {
  const folder = temporaryFolder();
  const destination = join(folder, 'log');
  const scheduler = await startScheduler({
    plugins: [{ module: fixture('plugins/logs.ts'), options: { fields } as never }],
    store: sqliteStore({ path: join(folder, 'state.db') }),
    logger: { destination, redact },
  });
  const finished = nextRun(scheduler);
  await scheduler.trigger('logs/line');
  const run: RunRecord = await finished;
  const [record] = await scheduler.history({ withLog: true });
  await scheduler.stop();
  const lines = readFileSync(destination, 'utf8').split('\n');
  const line = lines.find((text) => text.includes('"a line"')) ?? '';
  const stored = globSync('state.db*', { cwd: folder }).map((name) => readFileSync(join(folder, name), 'latin1'));
  return {
    run,
    line,
    kept: record?.log?.[0]?.fields,
    everywhere: [...lines, JSON.stringify([run, record]), ...stored],
  };
}

describe('the fields of a log line', () => {
  test('are apart from what the scheduler says, whatever they are called', async () => {
    const fields = {
      level: 60,
      time: 1,
      nodeId: 'spoof',
      key: 'other',
      runId: 'x',
      msg: 'm',
      pid: 1,
      hostname: 'h',
      v: 1,
      atMs: 0,
      fields: { level: 10 },
      toJSON: 'data',
      constructor: 'data',
    };
    const { run, line, kept } = await logged(fields);
    const said = JSON.parse(line) as Record<string, unknown>;
    expect(said).toEqual({
      level: 30,
      time: expect.any(Number),
      nodeId: run.nodeId,
      key: 'logs/line',
      runId: run.runId,
      atMs: expect.any(Number),
      fields,
      msg: 'a line',
    });
    // A key that is written twice would be read as the later one by some, and as the earlier by others.
    expect(JSON.stringify(said)).toHaveLength(line.length);
    expect(kept).toEqual(fields);
  });

  test('are redacted wherever they are written, kept or sent', async () => {
    const secrets = { password: 'hunter2-a', user: { token: 'hunter2-b' }, deep: { list: [{ pin: 'hunter2-c' }] } };
    const { line, kept, everywhere } = await logged(secrets, ['password', '*.token', 'fields.deep.list[*].pin']);
    const censored = '[Redacted]';
    const fields = { password: censored, user: { token: censored }, deep: { list: [{ pin: censored }] } };
    expect([JSON.parse(line).fields, kept]).toEqual([fields, fields]);
    expect(everywhere.length).toBeGreaterThan(3);
    expect(everywhere.filter((text) => text.includes('hunter2'))).toEqual([]);
  });

  test.each(['', 'a..b', 'a[', 'a,b', '**.a', 5])('cannot be redacted by %j', async (path) => {
    await expect(createScheduler({ logger: { redact: [path as string] } })).rejects.toThrow(
      /^Option "logger.redact.0" is invalid: it must be a path such as password, user.token, .*, not /,
    );
  });
});
