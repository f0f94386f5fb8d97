/**
 * The architecture as rules on imports. Each rule sees one import of one file, and says whether it breaks the rule;
 * `instead` tells the author what to do. Who owns which driver or global is in ownership.ts.
 */
import { posix } from 'node:path';
import {
  ADAPTER_FOLDERS,
  COMPOSITION_ROOT,
  KIT_FOLDERS,
  MACHINES_MAY_IMPORT,
  OPERATOR_VOCABULARY,
  OUTBOUND_FOLDER,
  PAGE_FOLDER,
  PAGE_MAY_IMPORT,
  PORTS_FOLDER,
  SHARED_BY_ALL_THREADS,
  SUPERVISOR_FLOORS,
  SUPERVISOR_VOCABULARY,
  TECHNOLOGY_FOLDERS,
  WASM_MAY_IMPORT,
  WASM_USERS,
} from './ownership.ts';
import type { Import, ScannedSource } from './source-scan.ts';

export interface ImportRule {
  readonly rule: string;
  readonly instead: string;
  forbids(file: string, imported: FileImport): boolean;
}

/** An import whose target is known when it is written. */
export type FileImport = Import & { readonly target: string };

/** Folders whose code runs in another thread than the host's. */
/** What a command of the command line may work on by itself, without a supervisor. */
const DATABASES = ['backends/sqlite', 'backends/postgres'];
const SYSTEM_CLOCK = 'supervisor/clocks/system-clock.ts';
/** What else it takes from behind the ports: how passwords are kept out of messages. */
const PASSWORDS = 'backends/exchange/readable-reason.ts';
/** Where a console listens: those who start one and those who look for one must agree. */
const SOCKET_PATH = 'console/socket-path.ts';

const OTHER_THREADS = ['machines', 'wire', 'supervisor', 'workers', 'backends', OUTBOUND_FOLDER];

const SQLITE_THREADS = ['store-thread', 'lock-thread'].map((name) => `backends/sqlite/${name}`);

export const IMPORT_RULES: readonly ImportRule[] = [
  {
    rule: 'machines are pure',
    instead: `pass the value in, or return an action; machines import only ${MACHINES_MAY_IMPORT.join(', ')} and the types of plugin.ts`,
    forbids: (file, { target, typeOnly }) =>
      within(file, 'machines') && !matches(target, MACHINES_MAY_IMPORT) && !(typeOnly && target === 'plugin.ts'),
  },
  {
    rule: 'wasm is pure',
    instead: 'pass the value in; what reads and rewrites modules imports only errors.ts',
    forbids: (file, { target }) => within(file, 'wasm') && !matches(target, WASM_MAY_IMPORT),
  },
  {
    rule: 'wasm serves guests only',
    instead: 'read and rewrite modules where guests are loaded: in workers, cli or testing',
    forbids: (file, { target, typeOnly }) =>
      within(target, 'wasm') && !typeOnly && !WASM_USERS.some((folder) => within(file, folder)),
  },
  {
    rule: 'wire knows no thread',
    instead: 'keep in wire only what both ends of a message need: values, errors, ids',
    forbids: (file, imported) =>
      within(file, 'wire') && isOurs(imported) && !matches(imported.target, SHARED_BY_ALL_THREADS),
  },
  {
    rule: 'ports import nothing of the supervisor',
    instead: 'describe the need in the port; whoever uses it, or fulfils it, imports the port',
    forbids: (file, { target }) =>
      within(file, PORTS_FOLDER) &&
      (within(target, 'backends') || (within(target, 'supervisor') && !within(target, PORTS_FOLDER))),
  },
  {
    rule: 'the supervisor imports downwards',
    instead: 'let the upper part hand in what the lower one needs, as an interface that the lower one declares',
    forbids: (file, { target }) => {
      const [own, other] = [floorOf(file), floorOf(target)];
      return own !== null && other !== null && other > own;
    },
  },
  {
    rule: 'the supervisor knows only the protocol of the workers',
    instead: 'send a message of workers/protocol.ts',
    forbids: (file, { target }) =>
      within(file, 'supervisor') && within(target, 'workers') && target !== 'workers/protocol.ts',
  },
  {
    rule: 'workers know nothing of the supervisor',
    instead: 'move what both need to workers/protocol.ts, wire or machines',
    forbids: (file, { target }) =>
      within(file, 'workers') && (within(target, 'supervisor') || within(target, 'backends')),
  },
  {
    rule: 'a backend sees ports, not the supervisor',
    instead: `import ${PORTS_FOLDER}, machines or wire; the supervisor tells a backend what it needs through its port`,
    forbids: (file, { target }) =>
      within(file, 'backends') &&
      (within(target, 'workers') || (within(target, 'supervisor') && !within(target, PORTS_FOLDER))),
  },
  {
    rule: 'the outbound thread sees ports, not the supervisor',
    instead: `import ${PORTS_FOLDER}, machines or wire: its thread hears all that it has to know with each request`,
    forbids: (file, { target }) =>
      within(file, OUTBOUND_FOLDER) &&
      (within(target, 'workers') ||
        within(target, 'backends') ||
        (within(target, 'supervisor') && !within(target, PORTS_FOLDER))),
  },
  {
    rule: 'a technology knows no other technology',
    instead: `move what both share to ${KIT_FOLDERS.join(' or ')}`,
    forbids: (file, { target }) => {
      const other = folderOf(target, TECHNOLOGY_FOLDERS);
      if (other === null || !within(file, 'backends')) return false;
      return !within(file, other);
    },
  },
  {
    rule: 'a thread of SQLite is reached through its protocol',
    instead: "send a message of the thread's protocol.ts, or move what both need to backends/sqlite",
    forbids: (file, { target }) => {
      const thread = folderOf(target, SQLITE_THREADS);
      if (thread === null || within(file, thread) || joinsAdapters(file) || within(file, 'cli')) return false;
      return target !== `${thread}/protocol.ts`;
    },
  },
  {
    rule: 'a thread of SQLite knows no other thread',
    instead: "move what both need to the thread's protocol.ts, backends/sqlite, machines or wire",
    forbids: (file, { target }) => {
      const thread = folderOf(file, SQLITE_THREADS);
      return (
        thread !== null &&
        !within(target, thread) &&
        ['supervisor', 'workers', ...SQLITE_THREADS].some((folder) => within(target, folder))
      );
    },
  },
  {
    rule: 'other threads share no code of the host thread',
    instead: `import a type, or what every thread shares (${SHARED_BY_ALL_THREADS.join(', ')})`,
    forbids: (file, { target, typeOnly }) =>
      OTHER_THREADS.some((folder) => within(file, folder)) && isOfHost(target) && !typeOnly,
  },
  {
    rule: 'an adapter knows no other adapter',
    instead: 'take the other port as a constructor parameter',
    forbids: (file, { target }) => {
      const [own, other] = [folderOf(file, ADAPTER_FOLDERS), folderOf(target, ADAPTER_FOLDERS)];
      return own !== null && other !== null && own !== other;
    },
  },
  {
    rule: 'only the composition root knows adapters',
    instead: `use the port; adapters are joined in ${COMPOSITION_ROOT.join(' and ')}`,
    forbids: (file, { target }) => {
      const adapter = folderOf(target, ADAPTER_FOLDERS) ?? folderOf(target, ['backends', OUTBOUND_FOLDER]);
      if (adapter === null || within(file, adapter) || joinsAdapters(file)) return false;
      return !(
        within(file, 'cli') &&
        (DATABASES.some((folder) => within(target, folder)) || [SYSTEM_CLOCK, PASSWORDS].includes(target))
      );
    },
  },
  {
    rule: 'nobody imports the composition root',
    instead: 'take what it builds as a parameter',
    forbids: (file, { target }) => COMPOSITION_ROOT.includes(target) && !joinsAdapters(file),
  },
  {
    rule: 'nobody imports an entry',
    instead: 'start it as a thread through wire/thread-entry-url.ts, and share code in another file',
    forbids: (_file, { target }) => target.endsWith('-entry.ts'),
  },
  ...['testing', 'cli', 'console', 'opentelemetry'].map((folder) => ({
    rule: `nobody imports ${folder}`,
    instead: `the engine must work with src/${folder} deleted: move what is needed inwards`,
    forbids: (file: string, { target }: FileImport) =>
      within(target, folder) &&
      !within(file, folder) &&
      !(isConformance(file) && isConformance(target)) &&
      !(['cli', 'host'].some((user) => within(file, user)) && target === SOCKET_PATH),
  })),
  ...['cli', 'console', 'opentelemetry'].map((folder) => ({
    rule: `${folder} stays outside`,
    instead: 'use the public API in src/host, or machines',
    forbids: (file: string, { target, typeOnly }: FileImport) =>
      within(file, folder) &&
      !(typeOnly && folder === 'console' && SUPERVISOR_VOCABULARY.includes(target)) &&
      (within(target, 'supervisor') || within(target, 'workers') || within(target, 'testing')) &&
      target !== SYSTEM_CLOCK &&
      !(folder === 'console' && typeOnly && SUPERVISOR_VOCABULARY.includes(target)) &&
      !(folder === 'cli' && typeOnly && OPERATOR_VOCABULARY.includes(target)) &&
      !(isConformance(file) && isConformance(target)),
  })),
  {
    rule: 'the page is a world of its own',
    instead: 'ask the console over HTTP; the page imports pure machines, and types of the vocabulary of the supervisor',
    forbids: (file, { target, typeOnly }) =>
      within(file, PAGE_FOLDER) &&
      !matches(target, PAGE_MAY_IMPORT) &&
      !(typeOnly && (SUPERVISOR_VOCABULARY.includes(target) || within(target, 'machines'))),
  },
  {
    rule: 'nobody imports the page',
    instead: 'send its built files: scripts/build-page.ts makes them',
    forbids: (file, { target }) => within(target, PAGE_FOLDER) && !within(file, PAGE_FOLDER),
  },
  {
    rule: 'the host thread runs nothing of another thread',
    instead: 'import the type only, or send a message of supervisor/protocol.ts',
    forbids: (file, { target, typeOnly }) =>
      isOfHost(file) &&
      !typeOnly &&
      ['workers', 'supervisor', 'backends', OUTBOUND_FOLDER].some((folder) => within(target, folder)) &&
      target !== 'supervisor/protocol.ts',
  },
  {
    rule: 'machines use no test tools of xstate',
    instead: 'walk the graph of a machine in a test',
    forbids: (_file, { target }) => target === 'xstate/graph',
  },
];

/** Files that import each other in a circle, also for types alone, or `null`. An import at run time closes none. */
export function findCycle(files: readonly ScannedSource[]): readonly string[] | null {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const settled = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (settled.has(path)) return null;
    for (const { target, dynamic } of byPath.get(path)?.imports ?? []) {
      const cycle = dynamic || target === null ? null : visit(target, [...trail, path]);
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

/** The handle, and what the package exports. */
function isOfHost(path: string): boolean {
  return within(path, 'host') || path === 'index.ts';
}

/** Whether an import names a file of `src`, not a package. */
function isOurs({ target }: FileImport): boolean {
  return /\.tsx?$/.test(target);
}

/** The kits, and the command that runs them. */
function isConformance(path: string): boolean {
  return path === 'cli/commands/conformance.ts' || within(path, 'testing/conformance');
}

function folderOf(path: string, folders: readonly string[]): string | null {
  return folders.find((folder) => within(path, folder)) ?? null;
}

/**
 * How high a file of the supervisor stands; null for its vocabulary, its adapters, and what is not of the supervisor.
 */
function floorOf(path: string): number | null {
  const folder = folderOf(path, SUPERVISOR_FLOORS);
  if (folder !== null) return SUPERVISOR_FLOORS.indexOf(folder);
  const isOnTop = posix.dirname(path) === 'supervisor' && !SUPERVISOR_VOCABULARY.includes(path);
  return isOnTop ? SUPERVISOR_FLOORS.length : null;
}

function joinsAdapters(file: string): boolean {
  return COMPOSITION_ROOT.includes(file) || within(file, 'testing');
}
