/** Files that are no stores and no lock files, where a scheduler is told to keep its state or its locks. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createScheduler, sqliteLocking, sqliteStore } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import type { Scenario } from '../scenario.ts';
import { refusesToStart } from './options.ts';

const INDEX = new URL('../../../../src/index.ts', import.meta.url).href;

/** What makes a file that is not ours, and has to stay byte for byte as it was. */
const FOREIGN: Readonly<Record<string, (path: string) => void>> = {
  'a-database-of-the-host': (path) => ownDatabase(path, ''),
  'a-database-with-a-journal': (path) => ownDatabase(path, 'PRAGMA journal_mode = WAL;'),
  'a-database-with-an-id': (path) => ownDatabase(path, 'PRAGMA application_id = 7; PRAGMA user_version = 99;'),
  'a-text-file': (path) => writeFileSync(path, 'a letter of somebody\n'.repeat(100)),
  'one-byte': (path) => writeFileSync(path, 'x'),
  'random-bytes': (path) => writeFileSync(path, randomBytes(10_000)),
  'a-header-alone': (path) => writeFileSync(path, 'SQLite format 3\0'),
  zeroes: (path) => writeFileSync(path, Buffer.alloc(8_192)),
  'an-executable': (path) => writeFileSync(path, Buffer.concat([Buffer.from('\x7fELF'), randomBytes(500)])),
};

/** What is no file at all, and must not be waited for. */
const NO_FILES: Readonly<Record<string, (path: string) => void>> = {
  'a-folder': (path) => void mkdirSync(path),
  'a-folder-with-files': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'x'), 'x');
  },
  'a-pipe': (path) => void execFileSync('mkfifo', [path]),
  'a-link-to-itself': (path) => symlinkSync(path, path),
  'a-link-to-a-device': (path) => symlinkSync('/dev/zero', path),
  'a-link-to-nowhere': (path) => symlinkSync('/proc/nonexistent/file', path),
};

function ownDatabase(path: string, pragmas: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    `${pragmas} CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO accounts VALUES (1, 'x')`,
  );
  database.close();
}

/** Everything in a folder but the facts, with what it holds. */
function contentOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name !== 'facts.jsonl')
    .map((name) => {
      const stat = lstatSync(join(folder, name));
      if (!stat.isFile()) return name;
      return `${name} ${createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
        .slice(0, 12)}`;
    })
    .toSorted()
    .join(', ');
}

async function leavesAlone(bench: HostBench, options: object): Promise<void> {
  const before = contentOf(bench.folder);
  await refusesToStart(bench, { logger: { level: 'silent' }, ...options });
  const after = contentOf(bench.folder);
  if (after !== before) bench.problem(`the folder held ${before}, and then ${after}`);
}

const backends = { store: sqliteStore, locking: sqliteLocking } as const;

function refusals(prefix: keyof typeof backends, files: typeof FOREIGN): readonly Scenario[] {
  return Object.entries(files).map(([name, make]) => ({
    name: `${prefix}-${name}`,
    expect: {},
    alone: async (bench: HostBench) => {
      make(bench.path('app.db'));
      await leavesAlone(bench, { [prefix]: backends[prefix]({ path: bench.path('app.db') }) });
    },
  }));
}

/** A second process must be refused, although the first one has opened and closed every file of the store. */
const readInTheOwner: Scenario = {
  name: 'store-read-in-its-owner',
  expect: {},
  options: ({ folder }) => ({ store: sqliteStore({ path: join(folder, 'store.db') }) }),
  drive: async (bench) => {
    for (const name of readdirSync(bench.folder)) {
      if (statSync(bench.path(name)).isFile()) readFileSync(bench.path(name));
    }
    const program = `import { createScheduler, sqliteStore } from ${JSON.stringify(INDEX)};
      const scheduler = await createScheduler({ logger: { level: 'silent' }, store: sqliteStore({ path: 'store.db' }) });
      await scheduler.start().then(() => process.exit(7), () => process.exit(0));`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: bench.folder,
      timeout: 15_000,
    });
    if (status !== 0) bench.problem(`a second process was not refused: it ended with ${status}`);
  },
  blocksHost: true,
};

export const FILES: readonly Scenario[] = [
  ...refusals('store', FOREIGN),
  ...refusals('store', NO_FILES),
  ...refusals('locking', FOREIGN),
  ...refusals('locking', NO_FILES),
  {
    name: 'store-and-locking-in-one-file',
    expect: {},
    alone: (bench) =>
      refusesToStart(bench, {
        logger: { level: 'silent' },
        store: sqliteStore({ path: bench.path('one.db') }),
        locking: sqliteLocking({ path: bench.path('one.db') }),
      }),
  },
  {
    name: 'store-where-locks-are',
    expect: {},
    alone: async (bench) => {
      const path = bench.path('locks.db');
      const first = await createScheduler({ logger: { level: 'silent' }, locking: sqliteLocking({ path }) });
      await first.start();
      await refusesToStart(bench, { logger: { level: 'silent' }, store: sqliteStore({ path }) });
      await first.stop({ drainMs: 0 });
      if (!existsSync(path)) bench.problem('the file of the locks is gone');
    },
  },
  readInTheOwner,
];
