/** The console as a handler for the host's own server: `escapement/console`. */
import type { Scheduler } from '../host/scheduler.ts';
import { sourceOf } from '../host/source-of.ts';
import { type ConsoleHandler, type ConsoleHandlerOptions, handlerOver } from './http/handler.ts';

export type { Authorize } from './http/gates/authorize-gate.ts';
export type { Visitor } from './http/gates/gate.ts';
export type { ConsoleHandler, ConsoleHandlerOptions } from './http/handler.ts';
export { toNodeHandler } from './http/node-handler.ts';

/**
 * Makes the console of a scheduler into a function from a `Request` to its `Response`, to be mounted in a server of the
 * host. The scheduler may be started later: until then the API answers with status 503.
 * @throws InvalidOptionError when `basePath` is not a path.
 */
export function consoleHandler(scheduler: Scheduler, options: ConsoleHandlerOptions = {}): ConsoleHandler {
  return handlerOver(sourceOf(scheduler), options);
}
