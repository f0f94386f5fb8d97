/** A scheduler in a CommonJS program. `require()` gives what `import` gives, because Node can require ES modules. */
const { createServer } = require('node:http');
const { createScheduler, sqliteStore } = require('escapement');

async function main() {
  const scheduler = await createScheduler({
    plugins: ['./plugins/beat.cjs'],
    baseUrl: __dirname,
    store: sqliteStore({ path: process.env.STORE ?? './jobs.db' }),
    logger: { level: 'warn' },
  });
  await scheduler.start();
  const server = createServer(async (request, response) => {
    const body = request.url === '/heavy' ? heavyRequest() : { runs: await scheduler.history({ limit: 20 }) };
    response.end(JSON.stringify(body));
  });
  server.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}/`);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      server.close();
      await scheduler.stop({ drainMs: 5_000 });
    });
  }
}

/** Keeps the thread for two seconds, as a synchronous computation does. */
function heavyRequest() {
  const fromMs = Date.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  return { fromMs, toMs: Date.now() };
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
