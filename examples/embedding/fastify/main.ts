/** The console in a Fastify application: `node examples/embedding/fastify/main.ts`. */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { toNodeHandler } from '../../../src/console/index.ts';
import { announce, MOUNT_PATH, PORT, startApplication } from '../application.ts';

const application = await startApplication();
const jobs = toNodeHandler(application.jobs);
const app = fastify({ forceCloseConnections: true });
app.get('/', async () => 'The application itself.');
await app.register((scope, _options, registered) => {
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
announce((app.server.address() as AddressInfo).port, application, () => app.server.closeAllConnections());
