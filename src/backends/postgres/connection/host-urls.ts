/** Several hosts in one connection string, as libpq has them: `postgres://a:5432,b:5433/db`. The driver takes one. */

/** The roles of a server that we can use: all of them must take writes. */
const USABLE = ['any', 'read-write', 'primary'];

const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s;

/** One connection string for each host, in their order. */
export function hostUrls(connectionString: string): readonly string[] {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(connectionString) ?? [];
  if (!hosts.includes(',')) return [connectionString];
  return hosts.split(',').map((host) => `${before}${host}${after}`);
}

/**
 * Whether a server is to be asked, when it is connected, if it takes writes. With a single host nobody need know, unless
 * the connection string says so: its first refusal tells.
 */
export function mustTakeWrites(connectionString: string): boolean {
  return hostUrls(connectionString).length > 1 || ['read-write', 'primary'].includes(targetOf(connectionString));
}

/** False if the connection string asks for servers that take no writes. */
export function isForWrites(connectionString: string): boolean {
  return USABLE.includes(targetOf(connectionString));
}

/** Host and port, for messages. */
export function hostOf(url: string): string {
  return PARTS.exec(url)?.[2] ?? '';
}

function targetOf(connectionString: string): string {
  return /[?&]target_session_attrs=([^&#]*)/.exec(connectionString)?.[1] ?? 'any';
}
