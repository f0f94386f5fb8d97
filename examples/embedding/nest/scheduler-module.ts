/**
 * A scheduler as a Nest module: it starts when the application does, and stops with it. Inject `SchedulerService` where
 * you need it. Node takes types away, but knows no decorators, so `Module` and `Injectable` are called here as the
 * functions that they are; with a compiler for decorators, write them as usual.
 */
import {
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../../../src/index.ts';

export class SchedulerService implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly scheduler: Scheduler;
  readonly #drainMs: number;

  constructor(scheduler: Scheduler, drainMs: number) {
    this.scheduler = scheduler;
    this.#drainMs = drainMs;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.scheduler.start();
  }

  /** Nest calls it at a signal, after `app.enableShutdownHooks()`, and when the application is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.scheduler.stop({ drainMs: this.#drainMs });
  }
}
Injectable()(SchedulerService);

class SchedulerModule {}
Module({})(SchedulerModule);

/** Import it in the module of the application. `drainMs` is how long a shutdown waits for the runs in progress. */
export function schedulerModule(options: SchedulerOptions, drainMs: number): DynamicModule {
  const make = async () => new SchedulerService(await createScheduler(options), drainMs);
  return {
    module: SchedulerModule,
    global: true,
    providers: [{ provide: SchedulerService, useFactory: make }],
    exports: [SchedulerService],
  };
}
