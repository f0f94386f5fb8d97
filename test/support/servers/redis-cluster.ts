/**
 * A Redis Cluster on loopback: three masters, and a replica of the one that owns a key. Its nodes notice within a second
 * or two that one of them is gone.
 */
import { freePort } from './free-port.ts';
import { isFollowing } from './redis-replica.ts';
import { RedisServer } from './redis-server.ts';
import { until } from './until.ts';

const NODE_TIMEOUT_MS = 1_000;
/**
 * A node keeps the votes that it got for so long after its election. Some versions of Redis count them again if the node
 * is asked to take over in this time: it says that it is the master, and gives way at once to the one that really is.
 * See https://github.com/redis/redis/pull/8753.
 */
const ELECTION_MS = 2 * Math.max(2 * NODE_TIMEOUT_MS, 2_000);
const SLOTS = [
  ['0', '5460'],
  ['5461', '10922'],
  ['10923', '16383'],
] as const;

export class RedisCluster {
  /** In the order of their slots; the last one began as the replica. */
  readonly nodes: readonly RedisServer[];
  readonly #key: string;
  #shard: readonly RedisServer[] = [];
  /** When each node was last asked to take over, or took over, by `performance.now()`. */
  readonly #electedAtMs = new Map<RedisServer, number>();

  /** @param key The replica is for the master that owns the slot of this key. */
  static async start(key: string): Promise<RedisCluster> {
    const nodes: RedisServer[] = [];
    try {
      for (let count = 0; count <= SLOTS.length; count += 1) nodes.push(await startNode());
      const cluster = new RedisCluster(nodes, key);
      await cluster.#join();
      return cluster;
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw error;
    }
  }

  private constructor(nodes: readonly RedisServer[], key: string) {
    this.nodes = nodes;
    this.#key = key;
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** The server that owns the key by its own word, among those that run. */
  async owner(): Promise<RedisServer> {
    for (const node of this.nodes) if (await this.#owns(node)) return node;
    throw new Error('no node owns the key');
  }

  /** The other one of the two servers that have the key. */
  async replica(): Promise<RedisServer> {
    const owner = await this.owner();
    return this.#shard.find((node) => node !== owner) as RedisServer;
  }

  /** A master that does not have the key. */
  get stranger(): RedisServer {
    return this.nodes.find((node) => !this.#shard.includes(node)) as RedisServer;
  }

  /**
   * Lets the replica take over in agreement with the owner. Resolves when each is in its new role. The same node takes
   * over again only when its last election is forgotten, which takes some seconds.
   */
  async handOver(): Promise<void> {
    const [owner, replica] = [await this.owner(), await this.replica()];
    await until(async () => {
      if (await this.#owns(replica)) return true;
      if (performance.now() - (this.#electedAtMs.get(replica) ?? Number.NEGATIVE_INFINITY) < ELECTION_MS) return false;
      await replica.command('CLUSTER', 'FAILOVER').catch(() => {});
      this.#electedAtMs.set(replica, performance.now());
      return false;
    });
    this.#electedAtMs.set(replica, performance.now());
    await until(() => isFollowing(owner));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** By its own word. A node that does not answer owns nothing. */
  async #owns(node: RedisServer): Promise<boolean> {
    return typeof (await node.command('EXISTS', this.#key).catch(() => null)) === 'number';
  }

  async #join(): Promise<void> {
    const [first, ...others] = this.nodes as readonly [RedisServer, ...RedisServer[]];
    await Promise.all(
      SLOTS.map(([from, to], place) =>
        (this.nodes[place] as RedisServer).command('CLUSTER', 'ADDSLOTSRANGE', from, to),
      ),
    );
    await Promise.all(this.nodes.map((node, place) => node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(place + 1))));
    const [, busPort] = /@(\d+)/.exec(String(await first.command('CLUSTER', 'NODES'))) ?? [];
    for (const node of others) {
      await node.command('CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(busPort));
    }
    await this.#everyNode('INFO', /cluster_known_nodes:4/);
    await this.#everyNode('INFO', /cluster_state:ok/);
    const owner = await this.owner();
    const replica = this.nodes.at(-1) as RedisServer;
    await replica.command('CLUSTER', 'REPLICATE', String(await owner.command('CLUSTER', 'MYID')));
    await until(() => isFollowing(replica));
    await this.#everyNode('NODES', /slave/);
    this.#shard = [owner, replica];
  }

  async #everyNode(question: string, answer: RegExp): Promise<void> {
    await until(async () => {
      const answers = await Promise.all(this.nodes.map((node) => node.command('CLUSTER', question).catch(() => '')));
      return answers.every((text) => answer.test(String(text)));
    });
  }
}

async function startNode(): Promise<RedisServer> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
  return RedisServer.start(...settings, '--cluster-node-timeout', String(NODE_TIMEOUT_MS));
}
