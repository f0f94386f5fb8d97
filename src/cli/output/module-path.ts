import { fileURLToPath } from 'node:url';

/** A module as people type it. */
export function modulePath(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module;
}
