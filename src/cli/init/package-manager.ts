import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageManifest } from './package-manifest.ts';

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

/** The package manager of a project: by its `package.json`, its lock file, or what has started this command. */
export function packageManagerOf(folder: string, { packageManager = '' }: PackageManifest): PackageManager {
  const [declared] = packageManager.split('@');
  const locked = LOCK_FILES.find(([file]) => existsSync(join(folder, file)))?.[1];
  const [starter] = (process.env['npm_config_user_agent'] ?? '').split('/');
  const names = [declared, locked, starter];
  return names.map((name) => MANAGERS.find((each) => each.name === name)).find((found) => found !== undefined) ?? NPM;
}
