/**
 * Turns what plugins write to stdout and stderr into log lines of the run that wrote it. A worker's own stdio passes
 * through the host thread, so it would stall while that thread is blocked, get lost at exit, and be unbounded.
 */
import type { LogLevel } from '../../machines/run.ts';
import type { TaskScopes } from '../task-scope.ts';
import { MAX_LINE_LENGTH, type RunLog } from './run-log.ts';

type StreamName = 'stdout' | 'stderr';
type WriteCallback = () => void;

const LEVELS: Readonly<Record<StreamName, LogLevel>> = { stdout: 'info', stderr: 'warn' };

/** The unfinished last line of each log, by stream. */
const partials = new WeakMap<RunLog, Map<StreamName, string>>();

/** Takes over both streams of this thread. Output that belongs to no run still goes to the stream. */
export function captureOutput(scopes: TaskScopes): void {
  captureStream('stdout', scopes);
  captureStream('stderr', scopes);
}

/** Logs the last line of each stream if the run did not end it. */
export function flushOutput(log: RunLog): void {
  for (const [stream, text] of partials.get(log) ?? []) log.write(LEVELS[stream], text, { stream });
  partials.delete(log);
}

function captureStream(name: StreamName, scopes: TaskScopes): void {
  const stream = process[name];
  const write = stream.write.bind(stream);
  const callbacks = new WriteCallbacks();
  stream.write = (chunk: Uint8Array | string, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback) => {
    const scope = scopes.current;
    if (scope === undefined || scope.log === null) {
      return typeof encoding === 'string' ? write(chunk, encoding, callback) : write(chunk, encoding);
    }
    const textEncoding = typeof encoding === 'string' ? encoding : 'utf8';
    if (scopes.isLive(scope)) append(scope.log, name, typeof chunk === 'string' ? chunk : decode(chunk, textEncoding));
    callbacks.add(typeof encoding === 'function' ? encoding : callback);
    return true;
  };
}

/** Only the head of a huge buffer fits into the log. The rest is not decoded, so its lines are not counted. */
function decode(chunk: Uint8Array, encoding: BufferEncoding): string {
  const head = chunk.subarray(0, 512 * 1_024);
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString(encoding);
}

function append(log: RunLog, stream: StreamName, text: string): void {
  const unfinished = partials.get(log) ?? new Map<StreamName, string>();
  partials.set(log, unfinished);
  let from = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
    if (log.isFull) log.drop(1);
    else log.write(LEVELS[stream], join(unfinished.get(stream), text, from, end), { stream });
    unfinished.delete(stream);
    from = end + 1;
  }
  if (from < text.length) unfinished.set(stream, join(unfinished.get(stream), text, from, text.length));
}

/** Cuts a line while it grows, because a line that never ends would fill the memory. */
function join(head: string | undefined, text: string, from: number, end: number): string {
  const start = head ?? '';
  const room = Math.max(MAX_LINE_LENGTH - start.length, 0);
  return start + text.slice(from, Math.min(end, from + room));
}

/**
 * Calls back in a later tick, as streams do. All callbacks share one tick: `console.log` passes a callback with every
 * line, and a tick for each would hold a hundred bytes for every line of a loop that does not await.
 */
class WriteCallbacks {
  #waiting: WriteCallback[] = [];

  add(callback: WriteCallback | undefined): void {
    if (callback === undefined) return;
    if (this.#waiting.length === 0) process.nextTick(() => this.#call());
    this.#waiting.push(callback);
  }

  #call(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}
