import { InvalidOptionError } from '../../errors.ts';
import { readPageFiles } from '../page-files.ts';
import type { SchedulerSource } from '../scheduler-source.ts';
import { consoleApp } from './console-app.ts';
import { type Authorize, authorizeGate } from './gates/authorize-gate.ts';
import { openGate } from './gates/gate.ts';
import { nowMs } from './serving/system-time.ts';

/** How a console is mounted in a server of the host. */
export interface ConsoleHandlerOptions {
  /** Where it is mounted, as the browser sees it: `/admin/jobs`. Default: the root of the server. */
  readonly basePath?: string;
  /**
   * Says who sends a request, and whether they may act; null lets nobody in. The console asks before every answer but
   * those of `/healthz` and `/readyz`. Without this function whoever reaches the handler may look, and nobody may act.
   */
  readonly authorize?: Authorize;
  /** Nobody may act, whatever `authorize` says. Default false. */
  readonly readOnly?: boolean;
}

/** Answers the requests below its mount path. Never rejects. */
export interface ConsoleHandler {
  /** The answer to a request. */
  (request: Request): Promise<Response>;
  /**
   * Ends the event streams of open pages, and opens none any more. They end with the scheduler too; call this first where
   * your server waits for its connections before the scheduler is stopped.
   */
  close(): void;
}

const BASE_PATH = /^(?:\/[\w~-][\w.~-]*)*$/;

/** The console over a source, as a handler for any server. */
export function handlerOver(
  source: SchedulerSource,
  { basePath = '', authorize, readOnly = false }: ConsoleHandlerOptions,
): ConsoleHandler {
  const isReadOnly = readOnly || authorize === undefined;
  const parts = {
    isReadOnly,
    nowMs,
    // A scheduler that does not run cannot take the warning.
    warn: (message: string) => void source.ask('warn', { code: 'authorize-failed', message }).catch(() => {}),
  };
  const app = consoleApp({
    source,
    isReadOnly,
    gate: authorize === undefined ? openGate({ name: 'anonymous', canAct: false }) : authorizeGate(authorize, parts),
    readPage: () => readPageFiles(),
    basePath: checkBasePath(basePath),
  });
  return Object.assign((request: Request) => app.answer(request), { close: () => app.close() });
}

function checkBasePath(basePath: string): string {
  const path = typeof basePath === 'string' ? basePath.replace(/\/$/, '') : null;
  if (path !== null && BASE_PATH.test(path)) return path;
  const rule = 'it must be a path such as "/admin/jobs", of letters, digits and -._~';
  throw new InvalidOptionError('basePath', rule);
}
