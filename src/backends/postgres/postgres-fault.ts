/** States in which a statement may have been committed although it was answered with an error: the session ended. */
const SESSION_ENDED = /^(08|57P|25P0[34])/;

/** A call to Postgres failed. The message is for people, and never holds a password. */
export class PostgresFault extends Error {
  /** Nobody knows whether it was carried out. False: it was not. */
  readonly isUnknown: boolean;
  /** The five characters of SQLSTATE, where the server itself refused. */
  readonly sqlState: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly isUnknown: boolean; readonly sqlState?: string }) {
    super(message, options);
    this.isUnknown = options.isUnknown;
    this.sqlState = options.sqlState;
  }

  override get name(): string {
    return 'PostgresFault';
  }
}

/** What the driver threw, in words of ours. */
export function postgresFault(error: unknown, connectionString: string, wasSent: boolean): PostgresFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const sqlState = isSqlState(code) ? code : undefined;
  const isUnknown = wasSent && (sqlState === undefined || SESSION_ENDED.test(sqlState));
  return new PostgresFault(`Postgres: ${readableReason(error, connectionString)}`, {
    isUnknown,
    ...(sqlState === undefined ? {} : { sqlState }),
    ...(isUrlError(error) ? {} : { cause: error }),
  });
}

/** Why it failed, on one line and without the password of `connectionString`. */
export function readableReason(error: unknown, connectionString: string): string {
  const message = messageOf(error).split('\n')[0] ?? '';
  return passwordsOf(connectionString)
    .reduce((text, password) => text.replaceAll(password, '***'), message)
    .replace(/\.$/, '');
}

function messageOf(error: unknown): string {
  // A host with several addresses that all refuse: the driver's error says nothing, those in it do.
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return isUrlError(error) ? 'the connection string cannot be read' : error.message || error.name;
}

/** As it is written, and as it is meant. */
function passwordsOf(connectionString: string): string[] {
  const written = [
    /^[^:]+:\/\/[^:/@]*:(.+)@/.exec(connectionString)?.[1],
    /[?&]password=([^&]+)/.exec(connectionString)?.[1],
  ].filter((password) => password !== undefined);
  return written.flatMap((password) => [password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
}

function isUrlError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_URL';
}
