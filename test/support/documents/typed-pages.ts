/** The code of all pages in one folder, for the compiler: each page is a folder, and each snippet a module in it. */
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fence } from './fences.ts';
import { installPackage } from './page-folder.ts';
import { moduleFor, specifiersOf } from './parsed.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PACKAGES = join(ROOT, 'node_modules');

/**
 * What a part of a program may take for granted: what other parts of the page have made, and what is the reader's own.
 * A name of ours is as the package has it, so that a snippet that uses it wrongly is found.
 */
const GIVEN = `
import type * as escapement from 'escapement';
import type * as testing from 'escapement/testing';

declare global {
  const createScheduler: typeof escapement.createScheduler;
  const sqliteStore: typeof escapement.sqliteStore;
  const createVirtualScheduler: typeof testing.createVirtualScheduler;
  const scheduler: escapement.Scheduler;
  const ctx: escapement.ScheduledRunContext;
  const options: escapement.SchedulerOptions;
  const plugins: escapement.PluginOption[];
  const report: escapement.ScheduledPlugin;
  const priceWatch: escapement.ScheduledPlugin;
  const key: string;
  const connections: Set<unknown>;
  const app: {
    use(path: string, handler: unknown): void;
    enableShutdownHooks(signals: string[], options: { useProcessExit: boolean }): void;
  };
  const server: { close(): void };
  const mailer: { send(to: string, text: string): Promise<null> };
  const cache: { purge(key: string): Promise<void> };
  function userOf(request: Request): Promise<{ email: string; isAdmin: boolean } | null>;
  function respond(status: number, text: string): void;
  function purge(key: unknown): Promise<null>;
  function batchesOf(tenantId: string | undefined, config: unknown): Promise<string[]>;
  function send(batch: string, options: { signal: AbortSignal }): Promise<void>;
  function closeConnections(): Promise<void>;
}
`;
/** A module that a page imports as the reader's own. */
const LOCKING = 'docs/cluster/my-locking.ts';
const OWN_LOCKING = `
import type { LockingPlugin } from 'escapement';

export default function myLocking(_options: { url: string }): LockingPlugin {
  throw new Error('not here');
}
`;

export interface Page {
  readonly path: string;
  readonly fences: readonly Fence[];
}

/** Writes a project into the folder. */
export async function writeProject(folder: string, pages: readonly Page[]): Promise<void> {
  await installPackage(folder);
  const checked = pages.flatMap(({ path, fences }) =>
    fences.filter(canBeChecked).map((fence) => ({ folder: path.replace(/\.md$/, ''), fence })),
  );
  const packages = checked.flatMap(({ fence }) => specifiersOf(fence)).map(packageOf);
  for (const name of new Set(['@types', ...packages])) await link(folder, name);
  for (const { folder: page, fence } of checked) {
    const read = moduleFor(fence);
    if ('fault' in read) throw new Error(`${page}:${fence.line} cannot be read: ${read.fault}`);
    await write(join(folder, page, fence.file ?? `line-${fence.line}.ts`), read.module);
  }
  await write(join(folder, LOCKING), OWN_LOCKING);
  await write(join(folder, 'given.ts'), GIVEN);
  await write(join(folder, 'package.json'), '{ "type": "module" }');
  await write(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}

/** As strict as ours, but for what is a matter of taste. */
const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    exactOptionalPropertyTypes: false,
    noPropertyAccessFromIndexSignature: false,
    noImplicitAny: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ['**/*.ts'],
};

/** Code of other schedulers can be checked if they are installed, and AssemblyScript is another language. */
function canBeChecked(fence: Fence): boolean {
  if (fence.language !== 'ts') return false;
  const packages = specifiersOf(fence).map(packageOf);
  const isInstalled = (name: string) => /^(\.|node:|escapement$)/.test(name) || existsSync(join(PACKAGES, name));
  return packages.every((name) => isInstalled(name) && name !== '@extism/as-pdk');
}

function packageOf(specifier: string): string {
  return /^(@[^/]+\/[^/]+|[^@/][^/]*)/.exec(specifier)?.[0] ?? specifier;
}

async function link(folder: string, name: string): Promise<void> {
  if (/^(\.|node:|escapement$)/.test(name)) return;
  await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
  await symlink(join(PACKAGES, name), join(folder, 'node_modules', name));
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
