/** A scheduler and its console in a Hono application: `node examples/embedding/hono/main.ts`. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { announce, heavyRequest, MOUNT_PATH, PORT, startApplication } from '../application.ts';

const application = await startApplication();
const app = new Hono();
app.get('/', (c) => c.text('The application itself.'));
app.get('/heavy', (c) => c.json(heavyRequest()));
app.all(`${MOUNT_PATH}/*`, (c) => application.jobs(c.req.raw));
const server = serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, ({ port }) => {
  announce(port, application, () => 'closeAllConnections' in server && server.closeAllConnections());
});
