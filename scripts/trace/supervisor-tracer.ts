/**
 * Records which functions of `src` the supervisor thread enters. To be loaded with `--import`, which every thread of
 * the process then does: in the other threads it does nothing.
 *
 * The recording is divided into turns of the event loop, because what an occurrence consists of can be told from what
 * woke the thread (a timer, a message, a deferred callback) without knowing any function's name.
 */
import { createHook } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import type { TracedFunction } from './instrument.ts';

/** What woke the thread; `start` stands for everything before its first turn. */
export type TurnKind = 'start' | 'timer' | 'deferred' | 'message';

export interface Turn {
  readonly kind: TurnKind;
  /** Ids of the functions that were entered: indices of `Recording.functions`. */
  readonly calls: number[];
}

export interface Recording {
  readonly functions: readonly TracedFunction[];
  readonly turns: readonly Turn[];
}

/** Whoever posts `'report'` here is answered with the recording. */
export const CHANNEL = 'escapement-trace';

const SUPERVISOR_ENTRY = 'supervisor-entry';
const SOURCES = new URL('../../src/', import.meta.url).href;
const MARK = '__entered';
/** Node's names of what starts a turn. Promises and `nextTick` go on within the turn that they are run in. */
const KINDS: Readonly<Record<string, TurnKind>> = { Timeout: 'timer', Immediate: 'deferred', MESSAGEPORT: 'message' };

/** A worker's first argument is the file that it runs. */
const isSupervisor = !isMainThread && basename(process.argv[1] ?? '').startsWith(SUPERVISOR_ENTRY);
if (isSupervisor) await record();

async function record(): Promise<void> {
  const { instrument } = await import('./instrument.ts');
  const functions: TracedFunction[] = [];
  const turns = recordTurns();
  registerHooks({
    load: (url, context, nextLoad) => {
      if (!url.startsWith(SOURCES)) return nextLoad(url, context);
      const code = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'), { mode: 'strip' });
      const file = url.slice(SOURCES.length);
      const instrumented = instrument(file, code, { name: MARK, firstId: functions.length });
      functions.push(...instrumented.functions);
      return { format: 'module', source: instrumented.code, shortCircuit: true };
    },
  });
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    if (data === 'report') channel.postMessage({ functions, turns } satisfies Recording);
  };
  channel.unref();
}

/** Starts recording; turns are appended to what is returned. */
function recordTurns(): readonly Turn[] {
  const turns: Turn[] = [{ kind: 'start', calls: [] }];
  const kinds = new Map<number, TurnKind>();
  Object.assign(globalThis, { [MARK]: (id: number) => turns.at(-1)?.calls.push(id) });
  createHook({
    init: (asyncId, type) => {
      const kind = KINDS[type];
      if (kind !== undefined) kinds.set(asyncId, kind);
    },
    before: (asyncId) => {
      const kind = kinds.get(asyncId);
      if (kind !== undefined) turns.push({ kind, calls: [] });
    },
    destroy: (asyncId) => kinds.delete(asyncId),
  }).enable();
  return turns;
}
