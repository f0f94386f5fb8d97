/** A scheduler and its console in an Express application: `node examples/embedding/express/main.ts`. */
import type { AddressInfo } from 'node:net';
import express from 'express';
import { toNodeHandler } from '../../../src/console/index.ts';
import { announce, heavyRequest, MOUNT_PATH, PORT, startApplication } from '../application.ts';

const application = await startApplication();
const app = express();
// A parser in front of it does no harm: the console takes the body that it has read.
app.use(express.json());
app.use(MOUNT_PATH, toNodeHandler(application.jobs));
app.get('/', (_request, response) => {
  response.send('The application itself.');
});
app.get('/heavy', (_request, response) => {
  response.json(heavyRequest());
});
const server = app.listen(PORT, '127.0.0.1', () => {
  announce((server.address() as AddressInfo).port, application, () => server.closeAllConnections());
});
