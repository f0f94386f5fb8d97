import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type AccessLogLine, LIVE_LOG } from './access-log.ts';

/** Every line of the access log, with the files that they were read from. */
export interface WholeAccessLog {
  readonly files: readonly string[];
  readonly lines: readonly AccessLogLine[];
}

const MAX_ATTEMPTS = 5;

/**
 * Reads the live log and the rotated ones, compressed or not. If they are rotated in between, lines
 * would be counted twice or not at all, so the result is valid only if the same logs exist afterwards.
 */
export async function readAccessLog(folder: string): Promise<WholeAccessLog> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const rotated = await rotatedLogs(folder);
    const texts = await Promise.all([...rotated.map((name) => readRotated(folder, name)), readLive(folder)]);
    const after = await rotatedLogs(folder);
    if (texts.includes(null) || rotated.join() !== after.join()) continue;
    return { files: [...rotated, LIVE_LOG], lines: texts.flatMap((text) => linesOf(text ?? '')) };
  }
  throw new Error(`The logs in ${folder} were rotated ${MAX_ATTEMPTS} times while they were read.`);
}

/** Names without `.gz`, because a log is the same before and after its compression. */
async function rotatedLogs(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^access-.+\.log(\.gz)?$/.test(name));
  return [...new Set(names.map((name) => name.replace(/\.gz$/, '')))].toSorted();
}

/** A log's text, or null if it no longer exists. */
async function readRotated(folder: string, name: string): Promise<string | null> {
  const plain = await readIfThere(join(folder, name));
  if (plain !== null) return plain.toString('utf8');
  const compressed = await readIfThere(join(folder, `${name}.gz`));
  return compressed === null ? null : (await promisify(gunzip)(compressed)).toString('utf8');
}

async function readLive(folder: string): Promise<string> {
  return (await readIfThere(join(folder, LIVE_LOG)))?.toString('utf8') ?? '';
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Drops a last line without a newline: it is still being written. */
function linesOf(text: string): AccessLogLine[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AccessLogLine);
}
