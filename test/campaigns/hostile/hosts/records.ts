/** What a run writes must not pass for what the scheduler writes, nor lay open what the host wants hidden. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteStore } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import { runs } from '../plugin-text.ts';
import { type Scenario, SUCCEEDED } from '../scenario.ts';

const SECRET = 'correct-horse-battery-staple';

/** Fields with the names of the scheduler's own, in every line that the plugin may write. */
const SPOOF =
  "{ level: 60, time: 1, nodeId: 'spoof', key: 'other/x', runId: 'spoof', msg: 'spoof', pid: 1, hostname: 'spoof' }";

interface Line {
  readonly level?: unknown;
  readonly nodeId?: unknown;
  readonly runId?: unknown;
  readonly key?: unknown;
}

async function keepsItsOwnFields(bench: HostBench): Promise<void> {
  if (!(await bench.install())) return;
  await bench.run();
  await bench.linger(300);
  const lines = readFileSync(bench.path('log'), 'utf8').split('\n').filter(Boolean);
  // Of fields with the same name a reader takes the last one, as this does.
  const posing = lines.filter((text) => {
    const line = JSON.parse(text) as Line;
    return line.nodeId === 'spoof' || line.runId === 'spoof' || line.key === 'other/x' || line.level === 60;
  });
  if (posing.length > 0) bench.problem(`${posing.length} lines of the log pose as others: ${posing[0]?.slice(0, 200)}`);
}

async function keepsTheSecret(bench: HostBench): Promise<void> {
  if (!(await bench.install())) return;
  await bench.run();
  await bench.linger(300);
  const history = JSON.stringify(await bench.scheduler.history({ withLog: true, limit: 1_000 }));
  await bench.scheduler.uninstall('hostile');
  const files = readdirSync(bench.folder).filter((name) => /^(log|store\.db)/.test(name));
  const telling = files.filter(
    // Beside the store stands the socket of its owner, and a file may have gone since the folder was listed.
    (name) =>
      statSync(bench.path(name), { throwIfNoEntry: false })?.isFile() &&
      readFileSync(bench.path(name)).includes(SECRET),
  );
  const places = [...(history.includes(SECRET) ? ['the history'] : []), ...telling];
  if (places.length > 0) bench.problem(`a field that is to be redacted is in ${places.join(', ')}`);
}

const logged: Pick<Scenario, 'options'> = {
  options: ({ folder }) => ({
    logger: { level: 'trace', destination: join(folder, 'log'), redact: ['password', '*.password'] },
    store: sqliteStore({ path: join(folder, 'store.db') }),
  }),
};

export const RECORDS: readonly Scenario[] = [
  {
    ...logged,
    name: 'fields-that-pose-as-ours',
    plugin: runs(`ctx.log.info(${SPOOF}, 'x'); ctx.log.info(${SPOOF}); console.log(JSON.stringify(${SPOOF}));`),
    expect: { outcomes: SUCCEEDED },
    drive: keepsItsOwnFields,
  },
  {
    ...logged,
    name: 'lines-that-pose-as-lines',
    plugin: runs(
      `ctx.log.info('x\\n' + JSON.stringify(${SPOOF}) + '\\n'); process.stdout.write('\\n{"nodeId":"spoof"}\\n');`,
    ),
    expect: { outcomes: SUCCEEDED },
    drive: keepsItsOwnFields,
  },
  {
    ...logged,
    name: 'redacted-field',
    plugin: runs(`ctx.log.info({ password: '${SECRET}' }, 'x');`),
    expect: { outcomes: SUCCEEDED },
    drive: keepsTheSecret,
  },
  {
    ...logged,
    name: 'redacted-nested-field',
    plugin: runs(`ctx.log.warn({ account: { password: '${SECRET}' } });`),
    expect: { outcomes: SUCCEEDED },
    drive: keepsTheSecret,
  },
];
