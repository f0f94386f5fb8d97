import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessLogLine } from '../../examples/cpu-heavy-server/access-log.ts';
import type { AccessReport } from '../../examples/cpu-heavy-server/plugins/access-report.ts';
import { RUN_OUTCOMES } from '../../src/machines/run.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'examples', 'cpu-heavy-server', 'main.ts');
const LIMIT_MS = 60_000;

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal to send once something has been printed. */
interface Reaction {
  readonly when: string;
  readonly send: NodeJS.Signals;
}

/** Runs the example to its end; reactions come in order. */
async function runExample(args: readonly string[], ...reactions: Reaction[]): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const [next] = reactions;
    if (next === undefined || !stdout.includes(next.when)) return;
    reactions.shift();
    child.kill(next.send);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** How the runs of a schedule ended, as the table shows it: `3 succeeded, 1 overlap` → `{ succeeded: 3 }`. */
function runOutcomesIn(stdout: string, key: string): Record<string, number> {
  const row = stdout.split('\n').findLast((line) => line.startsWith(key)) ?? '';
  const found = row.matchAll(new RegExp(`(\\d+) (${RUN_OUTCOMES.join('|')})\\b`, 'g'));
  return Object.fromEntries([...found].map(([, count, outcome]) => [outcome, Number(count)]));
}

describe('the example of a CPU-heavy server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  let finished: Finished;

  beforeAll(async () => {
    finished = await runExample(['--for', '11s', '--folder', folder]);
  }, LIMIT_MS);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('ends by itself, without a word of complaint', () => {
    expect(finished.stderr).toBe('');
    expect(finished.code).toBe(0);
  });

  test.each(['rotate-access-log/rotate', 'access-report/totals', 'sweep-cache/sweep'])('%s only succeeds', (key) => {
    expect(runOutcomesIn(finished.stdout, key)).toEqual({ succeeded: expect.any(Number) });
  });

  test('the hostile plugin is stopped at its budget every time', () => {
    expect(runOutcomesIn(finished.stdout, 'endless-loop/spin')).toEqual({ 'timed-out': expect.any(Number) });
  });

  test('tells the host’s own figures of both phases, and no request failed', () => {
    expect(finished.stdout).toMatch(/^without Escapement +\d+ %.* 0$/m);
    expect(finished.stdout).toMatch(/^with Escapement +\d+ %.* 0$/m);
  });

  test('the report counts exactly what the logs hold, compressed ones too', () => {
    const logs = readdirSync(join(folder, 'logs'));
    const compressed = logs.filter((name) => name.endsWith('.gz'));
    expect(compressed.length).toBeGreaterThan(0);
    // On a busy machine the end may come between the renaming of a log and its compression.
    expect(logs.length).toBeGreaterThan(compressed.length);

    const lines = logs.flatMap((name) => linesOf(join(folder, 'logs', name)));
    const report = JSON.parse(readFileSync(join(folder, 'reports', 'access.json'), 'utf8')) as AccessReport;
    expect(report.requests).toBe(lines.length);
    const pages = report.routes.find(({ route }) => route === '/pages/:revision');
    expect(pages?.requests).toBe(lines.filter(({ path }) => path.startsWith('/pages/')).length);
    expect(readFileSync(join(folder, 'reports', 'access.txt'), 'utf8')).toContain(`${lines.length} requests`);
  });

  test('the cache was filled by the server and swept by the plugin', () => {
    const log = readFileSync(join(folder, 'scheduler.log'), 'utf8').trim().split('\n');
    const swept = log
      .map((line) => JSON.parse(line) as { msg: string; fields?: { swept: number } })
      .filter(({ msg }) => msg === 'cache swept');
    expect(swept.reduce((sum, line) => sum + (line.fields?.swept ?? 0), 0)).toBeGreaterThan(0);
  });

  test('a first SIGINT prints the table and stops cleanly', { timeout: LIMIT_MS }, async () => {
    const { code, stdout } = await runExample(['--for', '6s', '--folder', join(folder, 'interrupted')], {
      when: 'under load, with Escapement',
      send: 'SIGINT',
    });
    expect(code).toBe(0);
    expect(stdout).toContain('once more to end at once');
    expect(runOutcomesIn(stdout, 'access-report/totals')).toEqual({ succeeded: expect.any(Number) });
    expect(stdout).toContain('Stopped in');
  });

  test('a second start knows what was missed while it was down', { timeout: LIMIT_MS }, async () => {
    expect(finished.stdout).not.toContain('Was down');
    const { code, stdout } = await runExample(['--for', '5s', '--folder', folder]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Was down {11}for \d+\.\d s, from \S+Z$/m);
    expect(stdout).toMatch(/^Missed and skipped .*sweep-cache\/sweep \d+/m);
  });

  test('a second SIGINT ends it at once', { timeout: LIMIT_MS }, async () => {
    const { code, stdout } = await runExample(
      ['--folder', join(folder, 'interrupted-twice')],
      { when: 'under load, without Escapement', send: 'SIGINT' },
      { when: 'once more to end at once', send: 'SIGINT' },
    );
    expect(code).toBe(130);
    expect(stdout).not.toContain('Stopped in');
  });

  test('says what it accepts', async () => {
    const { code, stderr } = await runExample(['--for', 'ever']);
    expect(code).toBe(2);
    expect(stderr).toContain('--for "ever" is not valid: it must be a duration');
  });
});

function linesOf(path: string): AccessLogLine[] {
  const content = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AccessLogLine);
}
