/**
 * The architecture as rules on imports. Each rule sees one import of one file, and says whether it breaks the rule;
 * `instead` tells the author what to do. Who owns which driver or global is in ownership.ts.
 */
import { posix } from 'node:path';
import {
  ADAPTER_FILES,
  ADAPTER_FOLDERS,
  COMPOSITION_ROOT,
  MACHINES_MAY_IMPORT,
  PORTS,
  SHARED_BY_ALL_THREADS,
} from './ownership.ts';
import type { Import, ScannedSource } from './source-scan.ts';

export interface ImportRule {
  readonly rule: string;
  readonly instead: string;
  forbids(file: string, imported: FileImport): boolean;
}

/** An import whose target is known when it is written. */
export type FileImport = Import & { readonly target: string };

export const IMPORT_RULES: readonly ImportRule[] = [
  {
    rule: 'machines are pure',
    instead: `pass the value in, or return an action; machines import only ${MACHINES_MAY_IMPORT.join(', ')} and the types of plugin.ts`,
    forbids: (file, { target, typeOnly }) =>
      within(file, 'machines') && !matches(target, MACHINES_MAY_IMPORT) && !(typeOnly && target === 'plugin.ts'),
  },
  {
    rule: 'the supervisor knows only the protocol of the workers',
    instead: 'send a message of workers/protocol.ts',
    forbids: (file, { target }) =>
      within(file, 'supervisor') && within(target, 'workers') && target !== 'workers/protocol.ts',
  },
  ...['store', 'locks'].flatMap((folder): ImportRule[] => [
    {
      rule: `the supervisor knows only the protocol of ${folder}`,
      instead: `send a message of ${folder}/protocol.ts`,
      forbids: (file, { target }) =>
        within(file, 'supervisor') && within(target, folder) && target !== `${folder}/protocol.ts`,
    },
    {
      rule: `the thread of ${folder} knows no other thread`,
      instead: `move what both need to ${folder}/protocol.ts or machines`,
      forbids: (file, { target }) =>
        within(file, folder) &&
        ['supervisor', 'workers', 'store', 'locks'].some((other) => other !== folder && within(target, other)),
    },
  ]),
  {
    rule: 'workers know nothing of the supervisor',
    instead: 'move what both need to workers/protocol.ts or machines',
    forbids: (file, { target }) => within(file, 'workers') && within(target, 'supervisor'),
  },
  {
    rule: 'other threads share no code of the host thread',
    instead: `import a type, or one of the files that every thread shares (${SHARED_BY_ALL_THREADS.join(', ')})`,
    forbids: (file, { target, typeOnly }) =>
      ['machines', 'supervisor', 'workers', 'store', 'locks'].some((folder) => within(file, folder)) &&
      isRootFile(target) &&
      !typeOnly &&
      !SHARED_BY_ALL_THREADS.includes(target),
  },
  {
    rule: 'a port knows no adapter',
    instead: 'describe the need in the port; an adapter imports the port, never the reverse',
    forbids: (file, { target }) => PORTS.includes(file) && adapterFolder(target) !== null,
  },
  {
    rule: 'an adapter knows no other adapter',
    instead: 'take the other port as a constructor parameter, or move what both share to its own file in the folder',
    forbids: (file, { target }) => {
      const [own, other] = [adapterFolder(file), adapterFolder(target)];
      if (own === null || other === null) return false;
      return own !== other || (isAdapter(file) && isAdapter(target));
    },
  },
  {
    rule: 'only the composition root knows adapters',
    instead: `use the port; adapters are joined in ${COMPOSITION_ROOT.join(' and ')}`,
    forbids: (file, { target }) =>
      !joinsAdapters(file) && adapterFolder(file) === null && adapterFolder(target) !== null,
  },
  {
    rule: 'nobody imports the composition root',
    instead: 'take what it builds as a parameter',
    forbids: (file, { target }) => COMPOSITION_ROOT.includes(target) && !joinsAdapters(file),
  },
  {
    rule: 'nobody imports an entry',
    instead: 'start it as a thread through thread-entry-url.ts, and share code in another file',
    forbids: (_file, { target }) => target.endsWith('-entry.ts'),
  },
  ...['testing', 'cli', 'dashboard'].map((folder) => ({
    rule: `nobody imports ${folder}`,
    instead: `the engine must work with src/${folder} deleted: move what is needed inwards`,
    forbids: (file: string, { target }: FileImport) =>
      within(target, folder) && !within(file, folder) && !(isConformance(file) && isConformance(target)),
  })),
  ...['cli', 'dashboard'].map((folder) => ({
    rule: `${folder} stays outside`,
    instead: 'use the public API of the files in src, or machines',
    forbids: (file: string, { target }: FileImport) =>
      within(file, folder) &&
      (within(target, 'supervisor') || within(target, 'workers') || within(target, 'testing')) &&
      !(isConformance(file) && isConformance(target)),
  })),
  {
    rule: 'the host thread runs nothing of another thread',
    instead: 'import the type only, or send a message of supervisor/protocol.ts',
    forbids: (file, { target, typeOnly }) =>
      isRootFile(file) &&
      !typeOnly &&
      ['workers', 'supervisor', 'store', 'locks'].some((folder) => within(target, folder)) &&
      target !== 'supervisor/protocol.ts',
  },
  {
    rule: 'machines use no test tools of xstate',
    instead: 'walk the graph of a machine in a test',
    forbids: (_file, { target }) => target === 'xstate/graph',
  },
];

/** The imports that bind two files when they load, as a list of the files of one cycle, or `null`. */
export function findCycle(files: readonly ScannedSource[]): readonly string[] | null {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const settled = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (settled.has(path)) return null;
    for (const { target, typeOnly, dynamic } of byPath.get(path)?.imports ?? []) {
      const cycle = typeOnly || dynamic || target === null ? null : visit(target, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    settled.add(path);
    return null;
  };
  for (const path of byPath.keys()) {
    const cycle = visit(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

export function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => posix.matchesGlob(path, pattern));
}

function within(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function isRootFile(path: string): boolean {
  return path.endsWith('.ts') && !path.includes('/');
}

/** The kits, and the command that runs them. */
function isConformance(path: string): boolean {
  return path === 'cli/commands/conformance.ts' || within(path, 'testing/conformance');
}

function adapterFolder(path: string): string | null {
  return ADAPTER_FOLDERS.find((folder) => within(path, folder)) ?? null;
}

function isAdapter(path: string): boolean {
  return adapterFolder(path) !== null && matches(posix.basename(path), ADAPTER_FILES);
}

function joinsAdapters(file: string): boolean {
  return COMPOSITION_ROOT.includes(file) || within(file, 'testing');
}
