import type { Clock } from '../../supervisor/ports/clock.ts';
import { connectionName } from '../exchange/connection-name.ts';
import { Credentials } from '../exchange/credentials.ts';
import { loadDriver } from './redis-drivers.ts';
import type { RedisOptions } from './redis-locking-options.ts';
import { tokenKey } from './redis-script.ts';
import { serverSearch, urlsOf } from './server-search.ts';
import type { Server } from './session-keeper.ts';
import { ClientDial } from './user-client.ts';

/**
 * The server that the options name, or that a client of the user's is connected to.
 * @throws {BackendError} No driver is installed.
 */
export async function serverOf(options: RedisOptions, nodeId: string | undefined, clock: Clock): Promise<Server> {
  const { driver, tls, prefix, client } = options;
  const key = tokenKey(prefix);
  if (client !== undefined) {
    const clients = new ClientDial(client, key);
    return { dial: clients.dial, search: (open) => open(''), secrets: () => clients.secrets };
  }
  const credentials = options.credentials === undefined ? null : new Credentials(options.credentials, clock);
  return {
    dial: await loadDriver({ driver, tls, name: connectionName(nodeId) }),
    search: serverSearch(options, key, credentials),
    secrets: () => [...urlsOf(options), ...(credentials?.secrets ?? [])],
  };
}
