import type { RedisServer } from './redis-server.ts';

/** Whether the server is a replica that is in step with its master. */
export async function isFollowing(server: RedisServer): Promise<boolean> {
  return String(await server.command('INFO', 'replication')).includes('master_link_status:up');
}
