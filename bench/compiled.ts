import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);

/** The compiled package. */
export const DIST = new URL('dist/', ROOT);

/** Compiles the package, because a user's has no types to strip. */
export function compilePackage(): void {
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', ROOT));
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT });
}
