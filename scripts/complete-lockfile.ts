/**
 * npm leaves a platform's optional package out of package-lock.json when the registry that it asked does not have that
 * version, and `npm ci` then refuses the whole lock, on every platform. This adds the entry that is missing: its name,
 * its exact version (from the parent's `optionalDependencies`) and the platform that its name tells. There is no
 * integrity for it, so prefer a lock for which this has nothing to add. Run it after each change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface LockedPackage {
  version?: string;
  resolved?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

type LockedPackages = Record<string, LockedPackage>;

const OPERATING_SYSTEMS = new Set(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
const PROCESSORS = new Set(['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']);

/** The platforms' packages that the lock should hold and does not. */
export function missingOptionalPackages(packages: LockedPackages): { parent: string; name: string; version: string }[] {
  return Object.entries(packages).flatMap(([parent, locked]) =>
    Object.entries(locked.optionalDependencies ?? {})
      .filter(([name, range]) => isExact(range) && resolve(packages, parent, name)?.version !== range)
      .map(([name, version]) => ({ parent, name, version })),
  );
}

/** The lock's packages with an entry for every optional package, in npm's order. */
export function completed(packages: LockedPackages): LockedPackages {
  const complete = { ...packages };
  for (const { parent, name, version } of missingOptionalPackages(packages)) {
    const hoisted = `node_modules/${name}`;
    const path = complete[hoisted] === undefined ? hoisted : `${parent}/node_modules/${name}`;
    complete[path] = { version, ...platformOf(name), ...(packages[parent]?.dev && { dev: true }), optional: true };
  }
  return Object.fromEntries(Object.entries(complete).sort(([left], [right]) => left.localeCompare(right, 'en')));
}

function isExact(range: string): boolean {
  return /^\d+\.\d+\.\d+/.test(range);
}

/** Node's look-up: from the parent's own node_modules outwards. */
function resolve(packages: LockedPackages, parent: string, name: string): LockedPackage | undefined {
  let folder = parent;
  for (;;) {
    const found = packages[`${folder}${folder === '' ? '' : '/'}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0));
  }
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = words.filter((word) => OPERATING_SYSTEMS.has(word));
  const cpu = words.filter((word) => PROCESSORS.has(word));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`The name of ${name} tells no platform: add it by hand.`);
  const musl = words.some((word) => word.startsWith('musl'));
  return { cpu, ...(musl && { libc: ['musl'] }), os };
}

if (import.meta.main) {
  const path = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: LockedPackages };
  const missing = missingOptionalPackages(lock.packages);
  if (missing.length > 0)
    writeFileSync(path, `${JSON.stringify({ ...lock, packages: completed(lock.packages) }, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${missing.length} optional packages added\n`);
}
