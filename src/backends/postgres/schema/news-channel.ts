import { createHash } from 'node:crypto';

/**
 * The channel on which the functions of a schema say what has changed. A channel's name may have 63 bytes, as many as
 * that of a schema, so it has a hash in place of the schema's name.
 * @param component Whose news these are, such as `store`.
 */
export function newsChannel(component: string, schema: string): string {
  return `escapement_${component}_${createHash('sha256').update(schema).digest('hex').slice(0, 24)}`;
}
