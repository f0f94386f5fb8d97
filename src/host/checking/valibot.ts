import { createRequire } from 'node:module';
import { checkHost } from './check-host.ts';

let loaded: typeof import('valibot') | undefined;

/**
 * Valibot, loaded by the first check. Whoever only imports the package, as plugins do, makes no check, and the functions
 * that check are not all async. Every check of the host thread takes valibot from here, so that there is one copy.
 */
export function valibot(): typeof import('valibot') {
  loaded ??= load();
  return loaded;
}

function load(): typeof import('valibot') {
  // A bundle in CommonJS has none, and is told so: a store may be described before a scheduler is made.
  if (import.meta.url === undefined) checkHost();
  return createRequire(import.meta.url)('valibot') as typeof import('valibot');
}
