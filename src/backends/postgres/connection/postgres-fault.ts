import { readableReason, withoutPasswords } from '../../exchange/readable-reason.ts';
import { ServerFault } from '../../exchange/server-fault.ts';

/** SQLSTATEs after which a statement may have been committed although it failed: the session ended meanwhile. */
const SESSION_ENDED = /^(08|57P|25P0[34])/;

/** SQLSTATE of a statement that would write, on a server that is read-only. */
const READ_ONLY = '25006';

type FaultOptions = ErrorOptions & { readonly isUnknown: boolean; readonly sqlState?: string };

/** A call to Postgres failed. */
export class PostgresFault extends ServerFault {
  /** The five characters of SQLSTATE; undefined unless the server itself refused. */
  readonly sqlState: string | undefined;

  constructor(reason: string, options: FaultOptions) {
    super('Postgres', reason, options);
    this.sqlState = options.sqlState;
  }

  /** The server takes no writes (any more). */
  get isOfReadOnlyServer(): boolean {
    return this.sqlState === READ_ONLY;
  }

  override get name(): string {
    return 'PostgresFault';
  }
}

/**
 * The fault for what the driver threw, while it was connecting or after the statement was sent.
 * @param secrets URLs with the passwords that no message may show.
 */
export function postgresFault(
  thrown: unknown,
  secrets: readonly string[],
  stage: 'connecting' | 'sent',
): PostgresFault {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  // No cause: it would hold the connection string.
  if (code === 'ERR_INVALID_URL')
    return new PostgresFault('the connection string cannot be read', { isUnknown: false });
  const sqlState = isSqlState(code) ? code : undefined;
  const isUnknown = stage === 'sent' && (sqlState === undefined || SESSION_ENDED.test(sqlState));
  return new PostgresFault(readableReason(thrown, ...secrets), {
    isUnknown,
    ...(isPresentable(thrown, secrets) && { cause: thrown }),
    ...(sqlState !== undefined && { sqlState }),
  });
}

/** A cause is kept in records and printed as it is, so one that quotes the password is left out. */
function isPresentable(thrown: unknown, secrets: readonly string[]): boolean {
  const text = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
  return secrets.reduce(withoutPasswords, text) === text;
}

function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
}
