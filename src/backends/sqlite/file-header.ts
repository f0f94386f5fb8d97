/**
 * What the bytes of a file say, read without SQLite: SQLite would put files beside a database of another application,
 * or bring its log into it.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';

const MAGIC = 'SQLite format 3\0';
/** The header of a database, and of the first page's tree: https://www.sqlite.org/fileformat2.html */
const HEAD_BYTES = 108;
const PAGE_COUNT_AT = 28;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;
const CELL_COUNT_AT = 103;
/** The log of a database: a header, and frames of a header and a page each. */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** A database of one page whose log is longer than this is not one that its creator died over. */
const MAX_FRAMES = 1_000;
const HEAD_LIMIT_MS = 2_000;

export interface DatabaseHeader {
  readonly applicationId: number;
  readonly userVersion: number;
  /** It has no table, and nobody has marked it. */
  readonly isBlank: boolean;
}

/** Null for a file without content, `other` for one that is not a database. */
export function readHeader(path: string): DatabaseHeader | 'other' | null {
  const head = headOf(path);
  if (head.length === 0) return null;
  if (head.length < HEAD_BYTES || head.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'other';
  const isYoung = head.readUInt32BE(APPLICATION_ID_AT) === 0 && head.readUInt32BE(PAGE_COUNT_AT) <= 1;
  const first = (isYoung ? firstPageInLog(`${path}-wal`) : null) ?? head;
  const [applicationId, userVersion] = [first.readUInt32BE(APPLICATION_ID_AT), first.readUInt32BE(USER_VERSION_AT)];
  const cellCount = first.readUInt16BE(CELL_COUNT_AT);
  return { applicationId, userVersion, isBlank: applicationId === 0 && userVersion === 0 && cellCount === 0 };
}

/**
 * Another process reads the first bytes. If this one did, then closing the file would drop every lock that the host has
 * on it, in the middle of a transaction too.
 */
function headOf(path: string): Buffer {
  const args = ['-c', String(HEAD_BYTES), path];
  try {
    const { stdout, status } = spawnSync('/usr/bin/head', args, { env: {}, timeout: HEAD_LIMIT_MS });
    if (status === 0) return stdout;
  } catch {
    // Node's permissions may not let this process start another one.
  }
  // Nor have all systems such a program.
  return readAt(path, 0, HEAD_BYTES);
}

/** What a file's log has as its first page: the file itself does not have it yet if its creator died early. */
function firstPageInLog(path: string): Buffer | null {
  // Opening a pipe would wait for somebody who writes into it.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const descriptor = openSync(path, 'r');
  try {
    const header = bytesAt(descriptor, 0, LOG_HEADER_BYTES);
    if (header.length < LOG_HEADER_BYTES) return null;
    const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
    let first: Buffer | null = null;
    for (let frame = 0; frame < MAX_FRAMES; frame += 1) {
      const at = LOG_HEADER_BYTES + frame * frameBytes;
      const bytes = bytesAt(descriptor, at, FRAME_HEADER_BYTES + HEAD_BYTES);
      // Frames with another salt are left from before the log was begun anew.
      if (bytes.length < FRAME_HEADER_BYTES + HEAD_BYTES || header.compare(bytes, 8, 16, 16, 24) !== 0) break;
      if (bytes.readUInt32BE(0) === 1) first = bytes.subarray(FRAME_HEADER_BYTES);
    }
    return first;
  } finally {
    closeSync(descriptor);
  }
}

function readAt(path: string, position: number, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    return bytesAt(descriptor, position, length);
  } finally {
    closeSync(descriptor);
  }
}

function bytesAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
}
