import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * By how much the console's thread is nicer than the host. Pool threads are nicer still (by 10, unless `niceIncrement`
 * says otherwise), so that plugins which use all cores do not keep an operator from stopping them.
 */
const NICE_INCREMENT = 5;

/**
 * Lets the host's work go before that of this thread. It is a courtesy, not a promise: only Linux gives each thread a
 * priority of its own, and what the system refuses is left.
 */
export function yieldToTheHost(): void {
  if (process.platform !== 'linux') return;
  try {
    // `<process>/task/<thread>`, see proc(5).
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(getPriority(thread) + NICE_INCREMENT, constants.priority.PRIORITY_LOW));
  } catch {
    // There is no /proc here, or it may not be read.
  }
}
