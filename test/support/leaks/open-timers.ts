/**
 * The timers that keep the process alive, by what they are and who started them. Node tells their number only, and the
 * test runner has timers of its own, which come and go: a count of them can hide one that was left behind.
 */
import { createHook } from 'node:async_hooks';
import { innermostFrame, isOfTheRunner, stackFrames } from './origin.ts';

interface OpenTimer {
  readonly timer: WeakRef<NodeJS.Timeout>;
  readonly from: string;
}

const timers = new Map<number, OpenTimer>();

createHook({
  // Promises are many and of no interest here; a Node version that does not know the option is slower, not wrong.
  ...{ trackPromises: false },
  init(id, type, _trigger, resource) {
    if (type !== 'Timeout') return;
    const frames = stackFrames();
    if (isOfTheRunner(frames)) return;
    timers.set(id, { timer: new WeakRef(resource as NodeJS.Timeout), from: innermostFrame(frames) });
  },
  destroy(id) {
    timers.delete(id);
  },
}).enable();

/** Those that are referenced now, by the identity that Node gave them. */
export function openTimers(): ReadonlyMap<number, string> {
  return new Map(
    [...timers].filter(([, { timer }]) => timer.deref()?.hasRef() ?? false).map(([id, { from }]) => [id, from]),
  );
}
