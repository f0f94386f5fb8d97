import { EventEmitter } from 'node:events';

/**
 * Emits an event to each listener alone. An `EventEmitter` itself stops at the first listener that throws, and throws
 * at whoever emits; here that would be the handler of a message, and the rest of its events would be lost.
 *
 * What a listener throws becomes an uncaught exception of the host all the same, but after everybody has heard. The
 * same happens to an `error` event that nobody listens to.
 */
export function emitToEach(emitter: EventEmitter, type: string, argument: unknown): void {
  const listeners = emitter.rawListeners(type);
  if (type === 'error' && listeners.length === 0) throwUncaught(argument);
  for (const listener of listeners) {
    try {
      const result: unknown = Reflect.apply(listener, emitter, [argument]);
      if (EventEmitter.captureRejections) captureRejection(emitter, result);
    } catch (thrown) {
      throwUncaught(thrown);
    }
  }
}

/** With `events.captureRejections` what an async listener rejects with is an `error` event, as Node documents it. */
function captureRejection(emitter: EventEmitter, result: unknown): void {
  if (result instanceof Promise) result.catch((reason: unknown) => emitToEach(emitter, 'error', reason));
}

function throwUncaught(thrown: unknown): void {
  process.nextTick(() => {
    throw thrown;
  });
}
