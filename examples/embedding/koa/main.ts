/** A scheduler and its console in a Koa application: `node examples/embedding/koa/main.ts`. */
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { toNodeHandler } from '../../../src/console/index.ts';
import { announce, heavyRequest, MOUNT_PATH, PORT, startApplication } from '../application.ts';

const application = await startApplication();
const jobs = toNodeHandler(application.jobs);
const app = new Koa();
app.use(async (ctx, next) => {
  if (ctx.path !== MOUNT_PATH && !ctx.path.startsWith(`${MOUNT_PATH}/`)) return next();
  // The console writes its answer itself.
  ctx.respond = false;
  return jobs(ctx.req, ctx.res);
});
app.use((ctx) => {
  ctx.body = ctx.path === '/heavy' ? heavyRequest() : 'The application itself.';
});
const server = app.listen(PORT, '127.0.0.1', () => {
  announce((server.address() as AddressInfo).port, application, () => server.closeAllConnections());
});
