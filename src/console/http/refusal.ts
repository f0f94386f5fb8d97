/** What the console answers when it does not do what was asked. */

/** The statuses with which the API refuses. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 501 | 503;

/** The body of every refusal. */
export interface RefusalBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** A refusal on its way to the answer. `code` is for programs and `message`, a sentence, for people. */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: RefusalStatus, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const NOT_RUNNING = 'ERR_ESCAPEMENT_NOT_RUNNING';

/** Codes of our errors that mean something else than that the scheduler failed. */
const STATUSES: Readonly<Record<string, RefusalStatus>> = {
  ERR_ESCAPEMENT_INVALID_OPTION: 400,
  ERR_ESCAPEMENT_SCHEDULE_BUSY: 409,
  ERR_ESCAPEMENT_INVALID_PLUGIN: 409,
  ERR_ESCAPEMENT_PLUGIN_LOAD: 409,
  [NOT_RUNNING]: 503,
  ERR_ESCAPEMENT_SUPERVISOR_DIED: 503,
};

/**
 * A scheduler that drains has understood, and will not do it however often it is asked. One that is in another of its
 * states may be running soon.
 */
function statusOf(code: string, error: unknown): RefusalStatus {
  if (code === NOT_RUNNING && stateOf(error) === 'draining') return 409;
  return STATUSES[code] ?? (code.startsWith('ERR_ESCAPEMENT_UNKNOWN_') ? 404 : 500);
}

/** The refusal for what went wrong. An error that is not ours tells the visitor nothing of the host's insides. */
export function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = codeOf(error);
  if (code === null)
    return new Refusal(500, 'internal', 'The console could not answer, because of a fault of its own.');
  return new Refusal(statusOf(code, error), code, error instanceof Error ? error.message : code);
}

function stateOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'state' in error ? error.state : null;
}

export function bodyOf({ code, message }: Refusal): RefusalBody {
  return { error: { code, message } };
}

/** The stable code of an error of ours, which keeps it when it crosses threads; null for other errors. */
function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  return typeof code === 'string' && code.startsWith('ERR_ESCAPEMENT_') ? code : null;
}
