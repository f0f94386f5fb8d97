import { EscapementError } from '../../errors.ts';
import { bundledInto } from '../../wire/thread-entry-url.ts';

const OLDEST_NODE = '22.18';
/** Runtimes that say that they are Node.js, by what they add to `process.versions`. */
const OTHER_RUNTIMES: Readonly<Record<string, string>> = { bun: 'Bun', deno: 'Deno' };

/** No scheduler can run in this process: it is a bundle, or it is not a Node.js that Escapement knows. */
export class UnsupportedHostError extends EscapementError {
  /** What is wrong, and what would work. */
  readonly reason: string;

  constructor(reason: string) {
    super('ERR_ESCAPEMENT_UNSUPPORTED_HOST', `No scheduler can run here: ${reason}.`);
    this.reason = reason;
  }
}

/** What is asked about a process. Tests ask about others. */
interface HostFacts {
  /** As `process.versions`. */
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** The bundle that this code is in; null outside of one. */
  readonly bundle: string | null;
}

/** @throws UnsupportedHostError where a scheduler could not start, or would seem to work and not keep its promises. */
export function checkHost(facts: HostFacts = { versions: process.versions, bundle: bundledInto() }): void {
  const reason = runtimeProblem(facts.versions) ?? bundleProblem(facts.bundle);
  if (reason !== null) throw new UnsupportedHostError(reason);
}

function runtimeProblem(versions: HostFacts['versions']): string | null {
  const needs = `Escapement needs Node.js ${OLDEST_NODE} or newer`;
  for (const [key, name] of Object.entries(OTHER_RUNTIMES)) {
    const version = versions[key];
    if (version !== undefined) return `${needs}, and this is ${name} ${version}, whose threads lack what runs need`;
  }
  const { node = '' } = versions;
  return isOld(node) ? `${needs}, and this is Node.js ${node}` : null;
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

function bundleProblem(bundle: string | null): string | null {
  if (bundle === null) return null;
  const what = `Escapement was bundled into "${bundle}", but its threads start from files of its own`;
  return `${what}, so mark "escapement" and "escapement/*" as external (see docs/bundling.md)`;
}
