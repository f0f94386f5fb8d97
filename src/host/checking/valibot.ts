import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let loaded: typeof import('valibot') | undefined;

/**
 * Valibot, loaded by the first check. Whoever only imports the package, as plugins do, makes no check, and the functions
 * that check are not all async. Every check of the host thread takes valibot from here, so that there is one copy.
 */
export function valibot(): typeof import('valibot') {
  loaded ??= require('valibot') as typeof import('valibot');
  return loaded;
}
