import { PluginLoadError } from '../errors.ts';
import { hash } from '../machines/hash.ts';
import { dataSize } from '../wire/data-size.ts';
import {
  MAX_CONFIG_LENGTH,
  MAX_DECLARATION_BYTES,
  MAX_PROBLEMS,
  MAX_SCHEDULE_BYTES,
  MAX_SCHEDULES,
} from '../wire/declaration-limits.ts';
import { errorRecord } from '../wire/error-record.ts';
import type { UnsendableField } from '../wire/failures/unsendable-field.ts';
import { jsonProblem, measureJson } from '../wire/json-problem.ts';
import { previewOf } from '../wire/value-preview.ts';
import type { Guest } from './guest.ts';
import type { PluginDeclaration, PluginSource } from './protocol.ts';

/**
 * Asks a plugin what it declares. It is measured and copied here, as the port would do, so that what is too large or is
 * not plain data never reaches the supervisor. Rejects with a `PluginLoadError`.
 */
export async function declarationOf(guest: Guest, source: PluginSource): Promise<PluginDeclaration> {
  const declared = sendable(await guest.declare());
  const flaw = sizeFlawOf(declared);
  if (flaw !== null) throw new PluginLoadError(source.module, flaw);
  try {
    return structuredClone(declared);
  } catch (error) {
    const { message } = errorRecord(error);
    throw new PluginLoadError(source.module, `what it declares is not plain data: ${message}`);
  }
}

/**
 * A guest for runs of a version that was accepted. Once a later version was refused, that one may be on disk, and a thread
 * that is new imports what is there. Its `run()` is not called, because what a version was refused for, such as a wrong
 * declaration, also tells it from the one that was accepted. Rejects with a `PluginLoadError`.
 */
export async function acceptedGuest(guest: Guest, source: PluginSource): Promise<Guest> {
  const { mustDeclare, module } = source;
  if (mustDeclare === undefined || fingerprintOf(await declarationOf(guest, source)) === mustDeclare) return guest;
  const reason = 'its file is not the version that was loaded, and a later one was refused: reload it once it is right';
  throw new PluginLoadError(module, reason);
}

/** Stands for a declaration; undefined if that cannot be told from others by a text. */
export function fingerprintOf(declaration: PluginDeclaration): number | undefined {
  try {
    return hash(JSON.stringify(declaration));
  } catch {
    // It holds a BigInt, and is refused for that.
    return undefined;
  }
}

/** A declaration without those fields of schedules that are not JSON: it says of each why it is not. */
function sendable(declared: PluginDeclaration): PluginDeclaration {
  const { schedules } = declared;
  if (!Array.isArray(schedules) || schedules.length > MAX_SCHEDULES) return declared;
  const unsendable: UnsendableField[] = [];
  let measured = 0;
  const copies = Array.from(schedules, (schedule: unknown, index) => {
    if (typeof schedule === 'function' || typeof schedule === 'symbol') return previewOf(schedule);
    // What is too much in all is refused for that, and need not be read to its end: see `sizeFlawOf`.
    if (unsendable.length > MAX_PROBLEMS || measured > MAX_DECLARATION_BYTES) return schedule;
    const { fields, length } = measureFields(schedule, index);
    measured += length;
    unsendable.push(...fields);
    if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) return schedule;
    const names = new Set(fields.map(({ field }) => field));
    // The copy of an object of a class is a plain one, as it would be beyond the port.
    return Object.fromEntries(Object.entries(schedule).filter(([name]) => !names.has(name)));
  });
  return { ...declared, schedules: copies, ...(unsendable.length > 0 && { unsendable }) };
}

/** The fields that are not JSON, and about how long the text of the others is. */
function measureFields(
  schedule: unknown,
  index: number,
): { readonly fields: UnsendableField[]; readonly length: number } {
  const fields: UnsendableField[] = [];
  let length = 0;
  if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) return { fields, length };
  for (const [field, value] of Object.entries(schedule)) {
    // Rules of the field say what a number or a text must be.
    if (!['object', 'function', 'symbol'].includes(typeof value) || value === null) continue;
    const measured = measureJson(value, { maxLength: MAX_CONFIG_LENGTH, isInfinityAllowed: field !== 'config' });
    if (typeof measured === 'number') length += measured;
    else fields.push({ index, field, found: previewOf(value), problem: measured });
  }
  return { fields, length };
}

function sizeFlawOf({ schedules, ...about }: PluginDeclaration): string | null {
  const aboutBytes = dataSize(about, MAX_SCHEDULE_BYTES);
  if (aboutBytes === Number.POSITIVE_INFINITY) {
    return `what it says of itself is not plain data: ${jsonProblem(about, { maxLength: MAX_SCHEDULE_BYTES })}`;
  }
  if (aboutBytes > MAX_SCHEDULE_BYTES) {
    return `what it says of itself beside its schedules takes more than ${MAX_SCHEDULE_BYTES} bytes`;
  }
  if (!Array.isArray(schedules)) {
    if (dataSize(schedules, MAX_SCHEDULE_BYTES) <= MAX_SCHEDULE_BYTES && isPlain(schedules)) return null;
    return `its schedules() returned ${previewOf(schedules)}: it must return an array of schedules`;
  }
  if (schedules.length > MAX_SCHEDULES) {
    return `its schedules() returned ${schedules.length} schedules: it may return up to ${MAX_SCHEDULES}`;
  }
  return sizeFlawOfSchedules(schedules);
}

function isPlain(value: unknown): boolean {
  return value === undefined || jsonProblem(value, { maxLength: MAX_SCHEDULE_BYTES }) === undefined;
}

function sizeFlawOfSchedules(schedules: readonly unknown[]): string | null {
  let bytes = 0;
  for (const [index, schedule] of schedules.entries()) {
    const scheduleBytes = dataSize(schedule, MAX_SCHEDULE_BYTES);
    if (scheduleBytes === Number.POSITIVE_INFINITY) {
      return `its schedules() returned ${previewOf(schedule)} at index ${index}: a schedule must be plain data`;
    }
    if (scheduleBytes > MAX_SCHEDULE_BYTES) {
      return `its schedules() returned a schedule of more than ${MAX_SCHEDULE_BYTES} bytes, at index ${index}`;
    }
    bytes += scheduleBytes;
    if (bytes > MAX_DECLARATION_BYTES) {
      return `its schedules() returned more than ${MAX_DECLARATION_BYTES} bytes of schedules`;
    }
  }
  return null;
}
