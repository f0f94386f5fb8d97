/** The program that the configurations beside it build. It names its plugins as in the sources: `.ts`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScheduler } from 'escapement';
import { heavyRequest } from './heavy-request.ts';

const scheduler = await createScheduler({
  plugins: ['./plugins/beats.ts'],
  baseUrl: import.meta.url,
  logger: { level: 'warn' },
});
await scheduler.start();
const server = createServer(async (request, response) => {
  const body = request.url === '/heavy' ? heavyRequest() : { runs: await scheduler.history({ limit: 20 }) };
  response.end(JSON.stringify(body));
});
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await scheduler.stop({ drainMs: 5_000 });
  });
}
