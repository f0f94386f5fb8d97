import { types } from 'node:util';

const MAX_KEYS = 8;
const MAX_TEXT_LENGTH = 256;

/**
 * Describes any value in one short line. Unlike `inspect` it runs none of the value's code: no getter, no trap, no
 * `toString` and no `Symbol.toStringTag`.
 */
export function previewOf(value: unknown): string {
  if (types.isProxy(value)) return '[Proxy]';
  if (typeof value === 'object' && value !== null) return previewOfObject(value);
  return previewOfScalar(value);
}

function previewOfScalar(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_TEXT_LENGTH));
  if (typeof value === 'function') return '[Function]';
  // The digits of a very large one take minutes.
  if (typeof value === 'bigint') return BigInt.asIntN(256, value) === value ? `${value}n` : '[BigInt]';
  if (typeof value === 'symbol') return value.toString().slice(0, MAX_TEXT_LENGTH);
  return String(value);
}

function previewOfObject(value: object): string {
  if (Array.isArray(value)) return `[Array of ${value.length}]`;
  // `Object.keys` would list every index.
  if (ArrayBuffer.isView(value)) return '[binary data]';
  const keys = Object.keys(value);
  const shown = keys.slice(0, MAX_KEYS).map((key) => `${key.slice(0, 64)}: ${previewOfProperty(value, key)}`);
  if (keys.length > shown.length) shown.push(`… ${keys.length - shown.length} more`);
  return shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
}

function previewOfProperty(owner: object, key: string): string {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property === undefined || !('value' in property)) return '[getter]';
  const value: unknown = property.value;
  if (typeof value !== 'object' || value === null) return previewOfScalar(value);
  return Array.isArray(value) && !types.isProxy(value) ? '[Array]' : '[Object]';
}
