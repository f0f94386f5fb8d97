/**
 * Which of the host's flags a child gets. A plugin must find the same modules in a process as in a thread, so the flags
 * pass that decide this. Others are the host's own business: two processes cannot listen on one inspector port, and a
 * heap limit or a profile is meant for the host.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Flags whose value names a module for `import`, or for `require`. */
const IMPORTS = new Set(['--import', '--loader', '--experimental-loader']);
const REQUIRES = new Set(['--require', '-r']);
/** Flags that take a value, as the next argument or after `=`. */
const WITH_VALUE = new Set([...IMPORTS, ...REQUIRES, '--conditions', '-C', '--disable-warning']);
const WITHOUT_VALUE = new Set([
  '--enable-source-maps',
  '--preserve-symlinks',
  '--experimental-strip-types',
  '--no-experimental-strip-types',
  '--experimental-transform-types',
  '--experimental-wasm-modules',
  '--no-warnings',
  '--use-openssl-ca',
  '--use-bundled-ca',
  '--use-system-ca',
]);
const INSPECTOR = /^--(inspect|debug)/;
/** What Node looks up from the working directory of the process, and not among its packages. */
const RELATIVE = /^\.\.?[/\\]/;

/**
 * The flags of `execArgv` that a child gets too.
 * @param hostFolder The host's working directory, if the child has another one: a file that a flag names by a relative
 *   path stays the same file.
 */
export function inheritedFlags(execArgv: readonly string[], hostFolder?: string): string[] {
  const flags: string[] = [];
  for (let index = 0; index < execArgv.length; index += 1) {
    const flag = execArgv[index] as string;
    const [name = ''] = flag.split('=', 1);
    if (WITHOUT_VALUE.has(name)) flags.push(flag);
    if (!WITH_VALUE.has(name)) continue;
    if (flag.includes('=')) flags.push(`${name}=${moduleFrom(hostFolder, name, flag.slice(name.length + 1))}`);
    else {
      index += 1;
      flags.push(flag, ...execArgv.slice(index, index + 1).map((value) => moduleFrom(hostFolder, name, value)));
    }
  }
  return flags;
}

function moduleFrom(hostFolder: string | undefined, flag: string, value: string): string {
  if (hostFolder === undefined || !RELATIVE.test(value)) return value;
  if (REQUIRES.has(flag)) return resolve(hostFolder, value);
  return IMPORTS.has(flag) ? new URL(value, pathToFileURL(join(hostFolder, '/'))).href : value;
}

/** The environment without what would make the child a part of the host's debugger or of its cluster. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, ...rest } = environment;
  const env = Object.fromEntries(Object.entries(rest).filter(([name]) => !NOT_FOR_CHILDREN.has(name)));
  const kept = options?.split(/\s+/).filter((option) => !INSPECTOR.test(option));
  return kept === undefined || kept.length === 0 ? env : { ...env, NODE_OPTIONS: kept.join(' ') };
}

const NOT_FOR_CHILDREN = new Set([
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'NODE_INSPECT_RESUME_ON_START',
  'VSCODE_INSPECTOR_OPTIONS',
]);
