/** The console in a Nest application: `node examples/embedding/nest/main.ts`. */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { toNodeHandler } from '../../../src/console/index.ts';
import { announce, MOUNT_PATH, PORT, startApplication } from '../application.ts';

class AppModule {}
// Node takes types away, but knows no decorators, so this one is called as the function that it is.
Module({})(AppModule);

const application = await startApplication();
const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.use(MOUNT_PATH, toNodeHandler(application.jobs));
await app.listen(PORT, '127.0.0.1');
const server = app.getHttpServer();
announce((server.address() as AddressInfo).port, application, () => server.closeAllConnections());
