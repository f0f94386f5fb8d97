import { PluginLoadError } from '../errors.ts';
import { dataSize } from '../wire/data-size.ts';
import { MAX_DECLARATION_BYTES, MAX_SCHEDULE_BYTES, MAX_SCHEDULES } from '../wire/declaration-limits.ts';
import { errorRecord } from '../wire/error-record.ts';
import { previewOf } from '../wire/value-preview.ts';
import type { Guest } from './guest.ts';
import type { PluginDeclaration, PluginSource } from './protocol.ts';

/**
 * Asks a plugin what it declares. It is measured and copied here, as the port would do, so that what is too large or is
 * not plain data never reaches the supervisor. Rejects with a `PluginLoadError`.
 */
export async function declarationOf(guest: Guest, source: PluginSource): Promise<PluginDeclaration> {
  const declared = await guest.declare();
  const flaw = sizeFlawOf(declared);
  if (flaw !== null) throw new PluginLoadError(source.module, flaw);
  try {
    return structuredClone(declared);
  } catch (error) {
    const { message } = errorRecord(error);
    throw new PluginLoadError(source.module, `what its schedules() returned is not plain data: ${message}`);
  }
}

function sizeFlawOf({ schedules, ...about }: PluginDeclaration): string | null {
  if (dataSize(about, MAX_SCHEDULE_BYTES) > MAX_SCHEDULE_BYTES) {
    return `what it says of itself beside its schedules takes more than ${MAX_SCHEDULE_BYTES} bytes`;
  }
  if (!Array.isArray(schedules)) {
    if (dataSize(schedules, MAX_SCHEDULE_BYTES) <= MAX_SCHEDULE_BYTES) return null;
    return `its schedules() returned ${previewOf(schedules)}: it must return an array of schedules`;
  }
  if (schedules.length > MAX_SCHEDULES) {
    return `its schedules() returned ${schedules.length} schedules: it may return up to ${MAX_SCHEDULES}`;
  }
  return sizeFlawOfSchedules(schedules);
}

function sizeFlawOfSchedules(schedules: readonly unknown[]): string | null {
  let bytes = 0;
  for (const [index, schedule] of schedules.entries()) {
    const scheduleBytes = dataSize(schedule, MAX_SCHEDULE_BYTES);
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
