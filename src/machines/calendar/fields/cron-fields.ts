/**
 * Checks the fields of a cron expression. cron-parser accepts more than anybody means (it adds missing fields and reads
 * half a number) and less than people bring, so every field is read here first.
 */
import { fieldsOf } from './cron-field.ts';
import { readItem } from './field-item.ts';

/** So many problems of an expression are listed. */
const MOST_PROBLEMS = 6;

/** Everything that is wrong with the fields of an expression. There are 5 of them, or 6 with the seconds first. */
export function fieldProblems(texts: readonly string[]): readonly string[] {
  const fields = fieldsOf(texts.length);
  const problems = new Set<string>();
  for (const [index, field] of fields.entries()) {
    for (const item of (texts[index] as string).split(',')) {
      const read = readItem(field, item);
      if (read.kind === 'refused') problems.add(read.problem);
    }
  }
  return [...problems].slice(0, MOST_PROBLEMS);
}
