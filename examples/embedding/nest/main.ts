/** A scheduler and its console in a Nest application: `node examples/embedding/nest/main.ts`. */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { toNodeHandler } from '../../../src/console/index.ts';
import { consoleOf, DRAIN_MS, heavyRequest, MOUNT_PATH, PORT, SCHEDULER, say } from '../application.ts';
import { SchedulerService, schedulerModule } from './scheduler-module.ts';

class AppController {
  heavy() {
    return heavyRequest();
  }
}
const { prototype } = AppController;
Get('heavy')(prototype, 'heavy', Object.getOwnPropertyDescriptor(prototype, 'heavy') as PropertyDescriptor);
Controller()(AppController);

class AppModule {}
Module({ imports: [schedulerModule(SCHEDULER, DRAIN_MS)], controllers: [AppController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'], forceCloseConnections: true });
// Without `useProcessExit`, Nest ends the process by the same signal, which a process manager may call a failure.
app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
app.use(MOUNT_PATH, toNodeHandler(consoleOf(app.get(SchedulerService).scheduler)));
await app.listen(PORT, '127.0.0.1');
say((app.getHttpServer().address() as AddressInfo).port);
