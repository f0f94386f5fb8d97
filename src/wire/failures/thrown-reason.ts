import { errorRecord } from '../error-record.ts';
import { previewOf } from '../value-preview.ts';
import { becauseOf, saidBy } from './because.ts';
import { placeIn } from './stack-frames.ts';

/** What was thrown, where, and why. `what` is a clause: `its factory failed`. */
export function thrownReason(what: string, thrown: unknown): string {
  const record = errorRecord(thrown);
  // An error of ours says where by itself.
  const place = record.code?.startsWith('ERR_ESCAPEMENT_') ? null : placeIn(record.stack);
  const said = typeof thrown === 'string' ? `${previewOf(thrown)} was thrown, which is not an Error` : saidBy(record);
  return `${what}: ${said}${place === null ? '' : ` (at ${place})`}${becauseOf(record)}`;
}
