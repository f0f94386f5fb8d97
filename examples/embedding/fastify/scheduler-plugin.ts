/**
 * A scheduler as a Fastify plugin: it starts before the server listens, and stops when the server closes. Everybody in the
 * application reaches it as `app.scheduler`.
 */
import type { FastifyInstance } from 'fastify';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../../../src/index.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly scheduler: Scheduler;
  }
}

export interface SchedulerPluginOptions {
  readonly scheduler: SchedulerOptions;
  /** How long closing waits for the runs in progress, in milliseconds. */
  readonly drainMs: number;
}

async function register(app: FastifyInstance, { scheduler: options, drainMs }: SchedulerPluginOptions): Promise<void> {
  const scheduler = await createScheduler(options);
  app.decorate('scheduler', scheduler);
  app.addHook('onReady', () => scheduler.start());
  app.addHook('onClose', async () => {
    await scheduler.stop({ drainMs });
  });
}

// The package `fastify-plugin` does the same: what is decorated here is seen outside of this plugin.
export const schedulerPlugin = Object.assign(register, { [Symbol.for('skip-override')]: true });
