/** A scheduler and its console in a Fastify application: `node examples/embedding/fastify/main.ts`. */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { toNodeHandler } from '../../../src/console/index.ts';
import { consoleOf, DRAIN_MS, heavyRequest, MOUNT_PATH, PORT, SCHEDULER, say } from '../application.ts';
import { schedulerPlugin } from './scheduler-plugin.ts';

// Fastify gives up on a plugin that takes 10 s to be ready. A start may take longer: on a busy machine, or to catch up.
const app = fastify({ forceCloseConnections: true, pluginTimeout: 60_000 });
await app.register(schedulerPlugin, { scheduler: SCHEDULER, drainMs: DRAIN_MS });
app.get('/', async () => 'The application itself.');
app.get('/heavy', async () => heavyRequest());
await app.register((scope, _options, registered) => {
  const jobs = toNodeHandler(consoleOf(app.scheduler));
  // Within this scope bodies are left to the console, which reads no more of them than it allows.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const url of [MOUNT_PATH, `${MOUNT_PATH}/*`]) {
    scope.all(url, async (request, reply) => {
      reply.hijack();
      await jobs(request.raw, reply.raw);
    });
  }
  registered();
});
await app.listen({ port: PORT, host: '127.0.0.1' });
say((app.server.address() as AddressInfo).port);
// Closing the application stops the scheduler too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close());
