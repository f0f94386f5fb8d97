/** A master with a replica on loopback, and three sentinels that notice within a second or so that it is gone. */
import { isFollowing } from './redis-replica.ts';
import { RedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 500;

export class RedisSentinel {
  readonly name = 'mymaster';
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];

  /** @param password Of the servers; the sentinels have none. */
  static async start(password: string): Promise<RedisSentinel> {
    const started: RedisServer[] = [];
    const start = async (starting: Promise<RedisServer>): Promise<RedisServer> => {
      const server = await starting;
      started.push(server);
      return server;
    };
    try {
      const login = ['--requirepass', password, '--masterauth', password];
      const master = await start(RedisServer.start(...login));
      const replica = await start(RedisServer.start(...login, '--replicaof', '127.0.0.1', String(master.port)));
      await until(() => isFollowing(replica));
      const lines = [
        `sentinel monitor mymaster 127.0.0.1 ${master.port} ${QUORUM}`,
        `sentinel auth-pass mymaster ${password}`,
        `sentinel down-after-milliseconds mymaster ${DOWN_AFTER_MS}`,
        'sentinel failover-timeout mymaster 3000',
      ];
      const sentinels: RedisServer[] = [];
      for (let count = 0; count < SENTINELS; count += 1) sentinels.push(await start(RedisServer.startSentinel(lines)));
      await until(async () => (await Promise.all(sentinels.map(knowsAll))).every((knows) => knows));
      return new RedisSentinel([master, replica], sentinels);
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  get urls(): readonly string[] {
    return this.sentinels.map(({ url }) => url);
  }

  /** The server that the sentinels say is the master. */
  async master(): Promise<RedisServer> {
    const [first] = this.sentinels as readonly [RedisServer];
    const [, port] = (await first.command('SENTINEL', 'get-master-addr-by-name', this.name)) as readonly string[];
    return this.servers.find((server) => String(server.port) === port) as RedisServer;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }
}

/** Whether a sentinel knows the replica and the other sentinels. */
async function knowsAll(sentinel: RedisServer): Promise<boolean> {
  const info = String(await sentinel.command('INFO', 'sentinel').catch(() => ''));
  return info.includes(`status=ok`) && info.includes(`slaves=1,sentinels=${SENTINELS}`);
}
