/** The primary result codes of SQLite that we tell apart: https://www.sqlite.org/rescode.html */
const BUSY = 5;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** File system errors that say that a folder or disk cannot be used now. */
const PASSING_SYSTEM_CODES: readonly unknown[] = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
];

function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** The file is not a database, or a broken one: it will not get better by itself. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** Another connection has the file. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** The disk is full, read-only or gone: it may work again. */
export function isPassing(error: unknown): boolean {
  const code = resultCode(error);
  if (code !== undefined) return [BUSY, READ_ONLY, IO_ERROR, FULL, CANNOT_OPEN].includes(code);
  const systemCode = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return PASSING_SYSTEM_CODES.includes(systemCode);
}

/** The file must not be used; `kind` says why. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
  readonly kind: 'damaged' | 'foreign' | 'newer';

  constructor(kind: UnusableFileError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
