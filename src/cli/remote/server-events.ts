/** Reads a stream of server-sent events: text/event-stream, as the HTML standard describes it. */

/** One event: its name and its data, which may have several lines. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

const MAX_PENDING_LENGTH = 4 * 1024 * 1024;

/** Takes the text of a stream as it arrives. */
export class ServerEventReader {
  #pending = '';
  #name = '';
  #data: string[] = [];

  /** The events that this text completes. @throws RangeError if a line or an event is too long to be one. */
  read(text: string): ServerEvent[] {
    const pending = this.#pending + text;
    // What ends with CR may go on with LF in the next part.
    const end = pending.endsWith('\r') ? pending.length - 1 : pending.length;
    const lines = pending.slice(0, end).split(/\r\n|\r|\n/);
    this.#pending = (lines.pop() ?? '') + pending.slice(end);
    const events = lines.flatMap((line) => this.#take(line) ?? []);
    const kept = this.#data.reduce((sum, { length }) => sum + length, this.#pending.length);
    if (kept > MAX_PENDING_LENGTH) throw new RangeError('an event is too long');
    return events;
  }

  #take(line: string): ServerEvent | null {
    if (line === '') return this.#finish();
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    return null;
  }

  #finish(): ServerEvent | null {
    const [name, data] = [this.#name, this.#data];
    this.#name = '';
    this.#data = [];
    return data.length === 0 ? null : { name: name === '' ? 'message' : name, data: data.join('\n') };
  }
}
