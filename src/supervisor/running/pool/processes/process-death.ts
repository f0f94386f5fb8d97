import { constants } from 'node:os';
import type { ErrorRecord } from '../../../../machines/run.ts';

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the child wrote to its standard error without being asked: V8's last words. */
  readonly lastWords: string;
  /** Why the pool ended it by itself: something was wrong with its messages. */
  readonly fault: string | null;
  readonly isReady: boolean;
}

/** V8 ends the process by one of these when it gives up. */
const FATAL = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGTRAP', 'SIGILL']);
const OUT_OF_MEMORY =
  /out of memory|allocation failed|Fatal JavaScript OOM|invalid (table|array|string) (size|length)/i;

/** The exit code, or what a shell would make of the signal. */
export function exitCodeOf({ code, signal }: Pick<ChildExit, 'code' | 'signal'>): number {
  return code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0));
}

export function deathOf(exit: ChildExit): ErrorRecord {
  const { code, signal, lastWords, fault, isReady } = exit;
  if (fault !== null) return { name: 'ProcessFault', message: `The process ${fault}, so it was ended.` };
  if (!isReady) return { name: 'ProcessStartError', message: `A process could not start: ${howItEnded(exit)}.` };
  if ((FATAL.has(signal) || code === 134) && OUT_OF_MEMORY.test(lastWords)) {
    const limit = 'the heap limit of V8 (--max-old-space-size in pool.processes.execArgv)';
    const message = `The run ran out of memory: its process reached ${limit}.`;
    return { name: 'Error', code: 'ERR_WORKER_OUT_OF_MEMORY', message };
  }
  return { name: 'ProcessExit', message: `The plugin ended its process (${howItEnded(exit)}).` };
}

function howItEnded({ code, signal, lastWords, isReady }: ChildExit): string {
  const how = signal === null ? `exit code ${code}` : `${signal}${mayBeKernel(signal)}`;
  const words = isReady ? '' : lastWords.trim().slice(0, 1_024);
  return words === '' ? how : `${how}: ${words}`;
}

function mayBeKernel(signal: NodeJS.Signals): string {
  return signal === 'SIGKILL' ? ', sent by a process or, when memory is short, by the system' : '';
}
