/**
 * Carries Escapement's own errors from the supervisor thread to the host. A cloned Error would lose its class, code and
 * fields, so the error travels as plain data and an error of the same class is made of it on arrival.
 */
import * as classes from '../errors.ts';
import type { ErrorRecord } from '../machines/run.ts';
import { errorFromRecord, errorRecord } from './error-record.ts';

/** An error in the form that crosses threads: enough to make one of the same class again. */
export interface WireFault {
  readonly record: ErrorRecord;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly errors: readonly WireFault[];
}

const { EscapementError } = classes;
const classByName = new Map<string, { prototype: Error }>(Object.entries(classes));

export function toWireFault(error: unknown): WireFault {
  const record = errorRecord(error);
  if (!(error instanceof EscapementError)) return { record, fields: {}, errors: [] };
  // The record already has the code.
  const { errors, code: _, ...fields } = { errors: [] as unknown, ...error };
  // The record's message would list these errors, which travel on their own.
  const { message } = error;
  return { record: { ...record, message }, fields, errors: Array.isArray(errors) ? errors.map(toWireFault) : [] };
}

export function fromWireFault({ record, fields, errors }: WireFault): Error {
  const error = errorFromRecord(record);
  const type = classByName.get(record.name);
  if (type === undefined) return error;
  Object.setPrototypeOf(error, type.prototype);
  // The class computes `name`; an own property would hide that.
  Reflect.deleteProperty(error, 'name');
  const all = errors.length === 0 ? fields : { ...fields, errors: errors.map(fromWireFault) };
  for (const [field, value] of Object.entries(all)) {
    Object.defineProperty(error, field, { value, enumerable: true, configurable: true, writable: true });
  }
  return error;
}
