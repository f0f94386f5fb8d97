import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isThere } from '../../wire/failures/nearby-file.ts';
import { type PackageManifest, readManifest } from './package-manifest.ts';

/** How a package manager is told what to do. */
export interface PackageManager {
  readonly name: string;
  /** Before the name of a script. */
  readonly run: string;
  /** Before a command of an installed package. */
  readonly execute: string;
  /** Before the name of a package. */
  readonly add: string;
}

const NPM: PackageManager = { name: 'npm', run: 'npm run', execute: 'npx', add: 'npm install' };
const MANAGERS: readonly PackageManager[] = [
  NPM,
  { name: 'pnpm', run: 'pnpm run', execute: 'pnpm exec', add: 'pnpm add' },
  { name: 'yarn', run: 'yarn run', execute: 'yarn run', add: 'yarn add' },
  { name: 'bun', run: 'bun run', execute: 'bunx', add: 'bun add' },
];
const LOCK_FILES: readonly (readonly [file: string, manager: string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

const PNPM_WORKSPACE = 'pnpm-workspace.yaml';

/**
 * The package manager of a project: by its `package.json`, its lock file, those of the workspace that it belongs to, or
 * what has started this command.
 */
export function packageManagerOf(folder: string, manifest: PackageManifest): PackageManager {
  const [starter] = (process.env['npm_config_user_agent'] ?? '').split('/');
  const names = [...namesAt(folder, manifest), ...workspaceNames(folder), starter];
  const found = names.map((name) => MANAGERS.find((each) => each.name === name)).find((each) => each !== undefined);
  // The root of a workspace takes a package of its own only if it is told that this is meant.
  if (found?.name === 'pnpm' && existsSync(join(folder, PNPM_WORKSPACE))) return { ...found, add: 'pnpm add -w' };
  return found ?? NPM;
}

function namesAt(folder: string, { packageManager = '' }: PackageManifest): (string | undefined)[] {
  const [declared] = packageManager.split('@');
  return [declared, LOCK_FILES.find(([file]) => existsSync(join(folder, file)))?.[1]];
}

/** What the root of the workspace says. A lock file elsewhere above has nothing to do with the project. */
function workspaceNames(folder: string): (string | undefined)[] {
  for (let [below, above] = [folder, dirname(folder)]; above !== below; [below, above] = [above, dirname(above)]) {
    if (isThere(join(above, PNPM_WORKSPACE))) return ['pnpm'];
    const manifest = manifestAt(above);
    if (manifest?.isWorkspace === true) return namesAt(above, manifest);
  }
  return [];
}

/** Null if it cannot be read: it is not this project's. */
function manifestAt(folder: string): PackageManifest | null {
  try {
    return readManifest(folder);
  } catch {
    return null;
  }
}
