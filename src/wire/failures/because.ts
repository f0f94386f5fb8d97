import type { ErrorRecord } from '../../machines/run.ts';

const MAX_CAUSES = 5;

/** The causes of an error as the end of a sentence: `, because ENOENT: no such file`; empty if it has none to add. */
export function becauseOf(record: ErrorRecord): string {
  return causesOf(record)
    .map(({ name, message }) => `, because ${lastStopOff(message) || name}`)
    .join('');
}

/** What an error says, without a stop at its end: `RangeError: no volume`. What is not an Error has no name to show. */
export function saidBy({ name, message }: ErrorRecord): string {
  const text = lastStopOff(message);
  if (text === '') return name;
  return name === 'NonError' ? text : `${name}: ${text}`;
}

/** A message often repeats that of its cause. */
function causesOf(record: ErrorRecord): ErrorRecord[] {
  const causes: ErrorRecord[] = [];
  let said = record.message;
  let { cause } = record;
  while (cause !== undefined && causes.length < MAX_CAUSES) {
    if (!said.includes(cause.message)) causes.push(cause);
    said += cause.message;
    cause = cause.cause;
  }
  return causes;
}

function lastStopOff(message: string): string {
  return message.trim().replace(/\.$/, '');
}
