/**
 * Notices what a test file leaves open. Threads and child processes are seen through Node's diagnostics channels, so
 * that an unreferenced one counts too; timers through its asynchronous hooks; sockets and the rest by comparing the event
 * loop's resources with those at the start; files by giving `os.tmpdir()` a folder that must be empty at the end.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as turnEnd } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { openTimers } from './open-timers.ts';
import { innermostFrame, stackFrames } from './origin.ts';

export interface LeakWatch {
  /**
   * What is open now and was not at the start, after giving what is closing some turns of the event loop to do so.
   * Empty if all is well.
   */
  leaks(options?: { readonly turns?: number }): Promise<string[]>;
  /** Gives the temporary folder back and removes it with all that is in it. */
  close(): void;
}

/** What npm, the compiler and Node itself keep in the temporary folder. */
const CACHES = new Set(['node-compile-cache', 'v8-compile-cache-0']);
const TURN_MS = 10;
const DEFAULT_TURNS = 300;

const threads = new Map<Worker, string>();
const children = new Map<ChildProcess, string>();
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  threads.set(worker, innermostFrame(stackFrames()));
  worker.once('exit', () => threads.delete(worker));
});
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  children.set(child, innermostFrame(stackFrames()));
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
});

export function watchForLeaks(): LeakWatch {
  const before = openResources();
  const known = new Set<unknown>([...threads.keys(), ...children.keys(), ...openTimers().keys()]);
  const outerFolder = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  process.env['TMPDIR'] = folder;

  function openNow(): string[] {
    return [
      ...unknown(threads, known).map((from) => `a thread, started ${from}`),
      ...unknown(children, known).map((from) => `a child process, started ${from}`),
      ...unknown(openTimers(), known).map((from) => `a timer, started ${from}`),
      ...surplus(before, openResources()),
      ...filesIn(folder).map((name) => `the temporary file or folder ${name}`),
    ];
  }

  return {
    async leaks({ turns = DEFAULT_TURNS } = {}) {
      for (let turn = 0; turn < turns && openNow().length > 0; turn += 1) {
        await pause(TURN_MS);
        // Node tells of the end of a timer, of this one too, when the turn ends.
        await turnEnd();
      }
      return openNow();
    },
    close() {
      if (outerFolder === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = outerFolder;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Kinds that come and go with every turn of the event loop, and timers, which are looked at one by one. */
const NOT_COUNTED = new Set(['Immediate', 'TickObject', 'Timeout']);

/** How many of each kind keep the event loop alive. */
function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!NOT_COUNTED.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function surplus(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now]
    .map(([kind, count]) => ({ kind, extra: count - (before.get(kind) ?? 0) }))
    .filter(({ extra }) => extra > 0)
    .map(({ kind, extra }) => `${extra} × ${kind}`);
}

function unknown<T>(open: ReadonlyMap<T, string>, known: ReadonlySet<unknown>): string[] {
  return [...open].filter(([resource]) => !known.has(resource)).map(([, from]) => from);
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !CACHES.has(name)) : [];
}
