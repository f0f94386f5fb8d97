/** What both lanes are: a server that computes on its main thread, and that does what the demonstration says. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command, LaneSettings, Report } from './messages.ts';
import { work } from './work.ts';

/** How long the answer to a request takes on an idle core. */
const REQUEST_MS = 30;
const USAGE_EVERY_MS = 500;

/** What the main thread of a lane does on command, beside blocking itself. */
export type CommandHandlers = {
  readonly [D in Exclude<Command['do'], 'block'>]?: (command: Extract<Command, { do: D }>) => unknown;
};

export const settings = JSON.parse(process.argv[2] ?? '{}') as LaneSettings;

export function report(message: Report): void {
  // Nobody listens any more when the demonstration has ended, and then this process ends too.
  if (process.connected) process.send?.(message);
}

/** Answers requests and commands. Resolves to the server's address. */
export async function serve(handlers: CommandHandlers): Promise<string> {
  const server = createServer((_request, response) => {
    work(REQUEST_MS * settings.roundsPerMs);
    response.end('Here you are.\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', (command: Command) => obey(command, handlers));
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches every process of the terminal. The demonstration decides what it means.
  process.on('SIGINT', () => undefined);
  setInterval(reportUsage, USAGE_EVERY_MS);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function obey(command: Command, handlers: CommandHandlers): void {
  if (command.do === 'block') {
    const untilMs = performance.now() + command.forMs;
    while (performance.now() < untilMs) work(10);
  } else {
    (handlers[command.do] as ((command: Command) => unknown) | undefined)?.(command);
  }
}

function reportUsage(): void {
  const { user, system } = process.cpuUsage();
  report({ kind: 'usage', cpuMs: (user + system) / 1_000, residentMb: process.memoryUsage.rss() / 2 ** 20 });
}
