/** URLs of Redis servers: taken apart where the drivers do not agree on them, and made for servers that were found. */

import type { Login } from '../exchange/credentials.ts';

/** What the URL of a Unix socket says. */
export interface SocketAddress {
  readonly path: string;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: number | undefined;
}

const SOCKET_URL = /^(?:redis\+)?unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\/[^?#]+)(?:\?db=(\d+))?$/;

/** Whether it is like `unix://user:password@/path/of/redis.sock?db=1`. */
export function isSocketUrl(url: string): boolean {
  return socketAddress(url) !== null;
}

/** The number of the database that options name, 0 if they name none. That of a client of the user's is not known. */
export function databaseOf({
  url,
  sentinel,
}: {
  readonly url?: string | undefined;
  readonly sentinel?: { readonly database?: number | undefined } | undefined;
}): number {
  if (sentinel !== undefined) return sentinel.database ?? 0;
  if (url === undefined) return 0;
  return socketAddress(url)?.database ?? Number(new URL(url).pathname.slice(1));
}

/** Null if it is not the URL of a Unix socket. */
export function socketAddress(url: string): SocketAddress | null {
  const match = SOCKET_URL.exec(url);
  if (match === null) return null;
  const [username = '', password = '', path = '', database = '0'] = match.slice(1);
  try {
    return {
      path: decodeURIComponent(path),
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      database: Number(database),
    };
  } catch {
    return null;
  }
}

/** The same URL for another server. An empty host means the same host, as in what a cluster answers. */
export function urlAt(url: string, host: string, port: string): string {
  const moved = new URL(url);
  if (host !== '' && host !== '?') moved.hostname = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  moved.port = port;
  return moved.href;
}

/** The same URL with other credentials. */
export function urlWith(url: string, { username = '', password = '', database = 0 }: Credentials): string {
  const other = new URL(url);
  other.username = encodeURIComponent(username);
  other.password = encodeURIComponent(password);
  other.pathname = `/${database}`;
  return other.href;
}

/** The same URL with another login. Without a user it keeps its own. */
export function urlFor(url: string, { user, password }: Login): string {
  const socket = socketAddress(url);
  if (socket !== null) {
    const login = `${encodeURIComponent(user ?? socket.username ?? '')}:${encodeURIComponent(password)}`;
    const path = encodeURI(socket.path).replaceAll(/[?#]/g, encodeURIComponent);
    return `unix://${login}@${path}?db=${socket.database}`;
  }
  const other = new URL(url);
  if (user !== undefined) other.username = encodeURIComponent(user);
  other.password = encodeURIComponent(password);
  return other.href;
}
