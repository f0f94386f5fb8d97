/**
 * What the servers of these examples have in common: a scheduler with its console as a handler, and a sign-in. An
 * application has its own; here the cookie `user` says who somebody is, which nobody should copy.
 */
import { type ConsoleHandler, consoleHandler } from '../../src/console/index.ts';
import { createScheduler } from '../../src/index.ts';

/** Where the console is mounted, as browsers see it. */
export const MOUNT_PATH = '/admin/jobs';
/** 0 lets the system choose. */
export const PORT = Number(process.env['PORT'] ?? 3000);

export interface Application {
  readonly jobs: ConsoleHandler;
  stop(): Promise<void>;
}

export async function startApplication(): Promise<Application> {
  const scheduler = await createScheduler({
    plugins: ['./plugins/housekeeping.ts'],
    baseUrl: import.meta.url,
    logger: { level: 'warn' },
  });
  await scheduler.start();
  const jobs = consoleHandler(scheduler, { basePath: MOUNT_PATH, authorize });
  return {
    jobs,
    stop: async () => {
      await scheduler.stop({ drainMs: 1_000 });
    },
  };
}

/** Says where the server listens, and ends it and the scheduler at Ctrl+C. */
export function announce(port: number, application: Application, close: () => unknown): void {
  console.log(`http://127.0.0.1:${port}${MOUNT_PATH}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      close();
      application.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

/** Ada may act, everybody else who is signed in may look. */
function authorize(request: Request): { name: string; canAct: boolean } | null {
  const [, name] = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? [];
  return name === undefined ? null : { name, canAct: name === 'ada' };
}
