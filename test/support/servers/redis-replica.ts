import type { RedisServer } from './redis-server.ts';

/**
 * Whether the server is a replica that is in step with its master. A sentinel that makes a replica of a master closes its
 * connections, and so perhaps that of the question: then it is not yet.
 */
export async function isFollowing(server: RedisServer): Promise<boolean> {
  const replication = await server.command('INFO', 'replication').catch(() => '');
  return String(replication).includes('master_link_status:up');
}
