/** What the console's thread is started with. */
export type { ConsoleConfig } from '../host/console/console-config.ts';
