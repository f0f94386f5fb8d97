import { types } from 'node:util';
import { errorRecord } from '../../wire/error-record.ts';
import { previewOf } from '../../wire/value-preview.ts';

const MAX_DEPTH = 4;
const MAX_ENTRIES = 128;
const MAX_TEXT_LENGTH = 2_048;

/** Log fields in the form that crosses threads: plain data, bounded in depth, number and length. */
export interface PlainFields {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Roughly how much memory they take, in UTF-16 code units. */
  readonly length: number;
}

/** What has been copied, and how much more may be. */
interface Allowance {
  entriesLeft: number;
  length: number;
}

/** Copies log fields as plain data. Any other value becomes one short text. Runs no getter and no trap. */
export function plainFields(fields: object): PlainFields {
  const allowance: Allowance = { entriesLeft: MAX_ENTRIES, length: 0 };
  const copy = plainValue(fields, MAX_DEPTH, allowance);
  const isRecord = typeof copy === 'object' && copy !== null && !Array.isArray(copy) && !types.isNativeError(fields);
  return { fields: isRecord ? (copy as Record<string, unknown>) : { value: copy }, length: allowance.length };
}

function plainValue(value: unknown, depthLeft: number, allowance: Allowance): unknown {
  if (typeof value === 'string') return spend(value.slice(0, MAX_TEXT_LENGTH), allowance);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return value;
  if (typeof value !== 'object' || types.isProxy(value)) return spend(previewOf(value), allowance);
  if (types.isNativeError(value)) return plainError(value, allowance);
  if (types.isDate(value)) return plainDate(value);
  if (depthLeft === 0 || ArrayBuffer.isView(value)) return spend(previewOf(value), allowance);
  return plainEntries(value, depthLeft - 1, allowance);
}

function plainEntries(value: object, depthLeft: number, allowance: Allowance): unknown {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    if (allowance.entriesLeft === 0) break;
    allowance.entriesLeft -= 1;
    const property = Object.getOwnPropertyDescriptor(value, key);
    const isData = property !== undefined && 'value' in property;
    const name = spend(key.slice(0, 128), allowance);
    entries.push([name, isData ? plainValue(property.value, depthLeft, allowance) : '[getter]']);
  }
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

function plainError(error: Error, allowance: Allowance): unknown {
  const record = errorRecord(error);
  spend(record.message + (record.stack ?? ''), allowance);
  return record;
}

function plainDate(date: Date): string | null {
  const timeMs = Date.prototype.getTime.call(date);
  return Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString();
}

function spend(text: string, allowance: Allowance): string {
  allowance.length += text.length;
  return text;
}
