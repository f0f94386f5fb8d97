/** What the console's thread is started with, and where it listens then. */
export type { ConsoleAddress, ConsoleConfig } from '../host/console/console-config.ts';
