/** The examples with several nodes, as the documents tell people to run them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { needsPostgres } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

function run(example: string, env: Record<string, string> = {}, ...args: string[]) {
  const main = join(EXAMPLES, example, 'main.ts');
  return promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env }, timeout: 60_000 });
}

test('four processes on SQLite run every occurrence once', async () => {
  const { stdout } = await run('cluster-sqlite', {}, '5');
  const [, count, twice] =
    /^(\d+) occurrences: [\d+ ]+ on 4 processes, (\d+) of them more than once$/m.exec(stdout) ?? [];
  expect(Number(count)).toBeGreaterThan(3);
  expect(twice).toBe('0');
  const lines = stdout.match(/^process \d {2}reports\/\w+ [\d:]+ {2}succeeded$/gm) ?? [];
  expect(lines.length).toBe(Number(count));
}, 60_000);

describeWith(needsPostgres())('two nodes on Postgres', () => {
  test('share schedules and history, and one goes on when the other stops', async () => {
    const server = await PostgresServer.start();
    try {
      const { stdout } = await run('cluster-postgres', { DATABASE_URL: server.connectionString }, '6');
      const [, runs, occurrences] = /^(\d+) runs of (\d+) occurrences/m.exec(stdout) ?? [];
      expect(Number(runs)).toBeGreaterThan(3);
      expect(runs).toBe(occurrences);
      expect(stdout.split('the first node stops')[1]).toContain('second  reports/orders');
    } finally {
      await server.stop();
    }
  }, 60_000);
});

test('the example on Postgres says what it needs', async () => {
  const { DATABASE_URL: _, ...env } = process.env;
  const main = join(EXAMPLES, 'cluster-postgres', 'main.ts');
  await expect(promisify(execFile)(process.execPath, [main], { env })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('DATABASE_URL is not set'),
  });
});
