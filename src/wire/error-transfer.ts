/**
 * Carries Escapement's own errors from the supervisor thread to the host. A cloned Error would lose its class, code and
 * fields, so the error travels as plain data and an error of the same class is made of it on arrival. What travels is
 * bounded in depth, breadth and length, and contains only what can cross threads: a field that cannot is described.
 */
import { types } from 'node:util';
import * as classes from '../errors.ts';
import type { ErrorRecord } from '../machines/run.ts';
import { errorFromRecord, errorRecord } from './error-record.ts';
import { chainOf, ownPropertyOf } from './property-chain.ts';
import { previewOf } from './value-preview.ts';

/** An error in the form that crosses threads: enough to make one of the same class again. */
export interface WireFault {
  readonly record: ErrorRecord;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly errors: readonly WireFault[];
}

const MAX_DEPTH = 3;
/** Errors of an error, and entries of a field that is a list. */
const MAX_ENTRIES = 100;
const MAX_FIELDS = 16;
const MAX_FIELD_LENGTH = 4_096;
/** The message of an error of ours may list what is wrong with many plugins. */
const MAX_MESSAGE_LENGTH = 65_536;

const { EscapementError } = classes;
const classByName = new Map<string, { prototype: Error }>(Object.entries(classes));

export function toWireFault(error: unknown): WireFault {
  return faultOf(error, MAX_DEPTH);
}

export function fromWireFault(fault: WireFault): Error {
  return errorOf(fault, MAX_DEPTH);
}

function faultOf(error: unknown, depthLeft: number): WireFault {
  const record = errorRecord(error);
  if (!isOurs(error)) return { record, fields: {}, errors: [] };
  // The record's message would list these errors, which travel on their own.
  const message = dataOf(error, 'message');
  const ownMessage = typeof message === 'string' ? cutText(message, MAX_MESSAGE_LENGTH) : record.message;
  const errors = depthLeft === 0 ? [] : listOf(dataOf(error, 'errors')).map((each) => faultOf(each, depthLeft - 1));
  return { record: { ...record, message: ownMessage }, fields: fieldsOf(error), errors };
}

function errorOf({ record, fields, errors }: WireFault, depthLeft: number): Error {
  const error = errorFromRecord(record);
  const type = classByName.get(record.name);
  if (type === undefined) return error;
  Object.setPrototypeOf(error, type.prototype);
  // The class computes `name`; an own property would hide that.
  Reflect.deleteProperty(error, 'name');
  const nested = depthLeft === 0 ? [] : errors.map((each) => errorOf(each, depthLeft - 1));
  const all = nested.length === 0 ? fields : { ...fields, errors: nested };
  for (const [field, value] of Object.entries(all)) {
    Object.defineProperty(error, field, { value, enumerable: true, configurable: true, writable: true });
  }
  return error;
}

function isOurs(error: unknown): error is Error {
  const isReadable = typeof error === 'object' && error !== null && !types.isProxy(error);
  return isReadable && chainOf(error).links.includes(EscapementError.prototype);
}

/** The fields of the class. The record already has the code, and nested errors travel on their own. */
function fieldsOf(error: Error): Record<string, unknown> {
  const names = Object.keys(error).filter((name) => name !== 'code' && name !== 'errors');
  return Object.fromEntries(names.slice(0, MAX_FIELDS).map((name) => [name, plainField(dataOf(error, name))]));
}

function plainField(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value, MAX_FIELD_LENGTH);
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return value;
  if (!Array.isArray(value) || types.isProxy(value)) return previewOf(value);
  return listOf(value).map((entry) =>
    typeof entry === 'string' ? cutText(entry, MAX_FIELD_LENGTH) : previewOf(entry),
  );
}

/** The first entries of a list, read without running any of its code. */
function listOf(value: unknown): unknown[] {
  if (types.isProxy(value) || !Array.isArray(value)) return [];
  const length = Math.min(value.length, MAX_ENTRIES);
  return Array.from({ length }, (_, index) => dataOf(value, String(index)));
}

function dataOf(owner: object, key: string): unknown {
  const property = ownPropertyOf(owner, key);
  return property.kind === 'data' ? property.value : undefined;
}

function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)`;
}
