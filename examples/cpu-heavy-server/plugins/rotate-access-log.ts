import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { definePlugin } from '../../../src/plugin.ts';
import { LIVE_LOG } from '../access-log.ts';

interface Options {
  readonly folder: string;
  /** How many rotated logs are kept. */
  readonly keep: number;
}

/** Renames the server's log, compresses it, and removes the oldest logs. */
export default definePlugin((install) => {
  const { folder, keep } = install.options as unknown as Options;
  return {
    name: 'rotate-access-log',
    schedules: () => [
      { id: 'rotate', description: 'Compresses the access log and keeps the newest', cron: '*/4 * * * * *' },
    ],

    async run(ctx) {
      await finishEarlierRotation(folder, ctx.signal);
      const live = join(folder, LIVE_LOG);
      const { size } = await stat(live);
      if (size === 0) return;
      const rotated = join(folder, `access-${stampOf(ctx.scheduledAtMs)}.log`);
      await rename(live, rotated);
      // The server still has the renamed file open. It is complete only when the server has opened a new one.
      await ctx.host['reopenAccessLog']?.();
      ctx.progress(0.5, 'compressing');
      await compress(rotated, ctx.signal);
      const removed = await removeOldest(folder, keep);
      ctx.log.info({ bytes: size, removed }, 'access log rotated');
    },
  };
});

/** Compresses logs that an interrupted run has left uncompressed. */
async function finishEarlierRotation(folder: string, signal: AbortSignal): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith('access-') && name.endsWith('.log'));
  for (const name of left) await compress(join(folder, name), signal);
}

/** The compressed file appears completely or not at all, and only then is the other one removed. */
async function compress(path: string, signal: AbortSignal): Promise<void> {
  const partial = `${path}.gz.partial`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(partial), { signal });
  await rename(partial, `${path}.gz`);
  await rm(path);
}

async function removeOldest(folder: string, keep: number): Promise<number> {
  const compressed = (await readdir(folder)).filter((name) => name.endsWith('.log.gz')).toSorted();
  const oldest = compressed.slice(0, Math.max(compressed.length - keep, 0));
  for (const name of oldest) await rm(join(folder, name));
  return oldest.length;
}

/** An instant for a file name: it has no colons, and names sort by age. */
function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '');
}
