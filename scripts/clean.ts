/** Removes what a build wrote, so that a deleted source leaves no stale file in the package. */
import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
