import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emitToEach } from '../../../src/host/hearing/listeners.ts';

const uncaught: unknown[] = [];
const keep = (error: unknown): void => void uncaught.push(error);
const nextTurn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
let foreign: NodeJS.UncaughtExceptionListener[] = [];

describe('an event', () => {
  beforeEach(() => {
    uncaught.length = 0;
    // The runner listens too, and would fail the test.
    foreign = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', keep);
  });
  afterEach(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of foreign) process.on('uncaughtException', listener);
  });

  test('is heard by all listeners, and what one throws is an uncaught exception afterwards', async () => {
    const emitter = new EventEmitter();
    const heard: unknown[] = [];
    emitter.on('run', () => {
      throw new Error('first');
    });
    emitter.on('run', (run) => heard.push(run));
    emitToEach(emitter, 'run', 5);
    expect(heard).toEqual([5]);
    expect(uncaught).toEqual([]);
    await nextTurn();
    expect(uncaught).toEqual([new Error('first')]);
  });

  test('is heard once by a listener that was added for once, and by those that another one removes', () => {
    const emitter = new EventEmitter();
    const heard: string[] = [];
    const last = (): void => void heard.push('last');
    emitter.once('run', () => {
      heard.push('once');
      emitter.off('run', last);
    });
    emitter.on('run', last);
    emitToEach(emitter, 'run', 5);
    emitToEach(emitter, 'run', 5);
    expect(heard).toEqual(['once', 'last']);
  });

  test('named error is an uncaught exception if nobody listens', async () => {
    const emitter = new EventEmitter();
    emitToEach(emitter, 'error', new Error('over'));
    await nextTurn();
    expect(uncaught).toEqual([new Error('over')]);
  });

  test('turns what an async listener rejects with into an error event, if the host captures rejections', async () => {
    EventEmitter.captureRejections = true;
    const emitter = new EventEmitter();
    const failed = new Promise((resolve) => emitter.once('error', resolve));
    emitter.on('run', async () => {
      throw new Error('later');
    });
    emitToEach(emitter, 'run', 5);
    EventEmitter.captureRejections = false;
    expect(await failed).toEqual(new Error('later'));
  });
});
