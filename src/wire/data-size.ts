import { types } from 'node:util';

const VALUE_BYTES = 8;

/**
 * About how many bytes a value takes when it is sent to another thread. The count ends when it is above `limitBytes`, so
 * that its time is bounded, whatever the value is. It reads properties, so the value must be ours or the caller's own.
 */
export function dataSize(value: unknown, limitBytes: number): number {
  const pending: unknown[] = [value];
  let bytes = 0;
  while (pending.length > 0 && bytes <= limitBytes) {
    const next = pending.pop();
    bytes += VALUE_BYTES;
    if (typeof next === 'string') bytes += next.length;
    else if (typeof next === 'object' && next !== null) bytes += addParts(next, pending, limitBytes - bytes);
  }
  return bytes;
}

/** Adds the parts of an object to those that are still to count. Returns the bytes of what is not a part. */
function addParts(object: object, pending: unknown[], limitBytes: number): number {
  if (ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object)) return object.byteLength;
  if (Array.isArray(object)) {
    if (object.length * VALUE_BYTES > limitBytes) return object.length * VALUE_BYTES;
    for (const item of object as unknown[]) pending.push(item);
    return 0;
  }
  if (types.isMap(object) || types.isSet(object)) {
    if (object.size * VALUE_BYTES > limitBytes) return object.size * VALUE_BYTES;
    for (const item of object as Iterable<unknown>) pending.push(item);
    return 0;
  }
  return addProperties(object, pending, limitBytes);
}

function addProperties(object: object, pending: unknown[], limitBytes: number): number {
  let keyBytes = 0;
  for (const key of Object.keys(object)) {
    keyBytes += key.length;
    if (keyBytes > limitBytes) break;
    pending.push((object as Record<string, unknown>)[key]);
  }
  return keyBytes;
}
