import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '../../../src/plugin.ts';

interface Options {
  readonly folder: string;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  readonly atMs: number;
}

/** Removes old pages from the server's cache, and more of the oldest if the cache is still too large. */
export default definePlugin((install) => {
  const { folder, maxAgeMs, maxBytes } = install.options as unknown as Options;
  return {
    name: 'sweep-cache',
    // When several schedules fall due at once, sweeping can wait.
    priority: 2_000,
    schedules: () => [{ id: 'sweep', description: 'Keeps the page cache small', cron: '2s', missedRunPolicy: 'skip' }],

    async run(ctx) {
      const files = await cachedFiles(folder);
      const swept = toSweep(files, { maxBytes, beforeMs: Date.now() - maxAgeMs });
      for (const [index, { path }] of swept.entries()) {
        ctx.signal.throwIfAborted();
        await rm(path, { force: true });
        ctx.progress((index + 1) / swept.length);
      }
      ctx.log.info({ files: files.length, swept: swept.length }, 'cache swept');
    },
  };
});

async function cachedFiles(folder: string): Promise<CachedFile[]> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const files = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, bytes: size, atMs: mtimeMs };
    }),
  );
  return files.toSorted((a, b) => b.atMs - a.atMs);
}

/** `files` are sorted by age, the newest first. */
function toSweep(files: readonly CachedFile[], limits: { maxBytes: number; beforeMs: number }): CachedFile[] {
  let keptBytes = 0;
  return files.filter(({ bytes, atMs }) => {
    if (atMs < limits.beforeMs || keptBytes + bytes > limits.maxBytes) return true;
    keptBytes += bytes;
    return false;
  });
}
