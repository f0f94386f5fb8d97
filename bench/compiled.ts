import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);

/** The compiled package. */
export const DIST = new URL('dist/', ROOT);

/** Compiles the package, because a user's has no types to strip. */
export function compilePackage(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('scripts/build.ts', ROOT))], { stdio: 'inherit' });
}
