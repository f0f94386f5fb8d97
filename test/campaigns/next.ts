/**
 * Builds the Next example with Next itself, starts it, and tries it as the tests try the other frameworks: a run begins and
 * ends while the server is blocked, the console answers, and SIGTERM ends the server with 0. `npm run campaign:next`
 */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BuiltPackage } from '../support/embedding/built-package.ts';
import { EmbeddedHost } from '../support/embedding/embedded-host.ts';

const NEXT = join(import.meta.dirname, '../../node_modules/next/dist/bin/next');
const ADA = { cookie: 'user=ada' };

/** Next prints the port that it was given, so 0 would lead nowhere. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return String(port);
}

const built = await BuiltPackage.build();
try {
  const folder = await built.copy('examples/embedding/next', 'next-application');
  const env = { NEXT_TELEMETRY_DISABLED: '1', NEXT_MANUAL_SIG_HANDLE: 'true', PORT: await freePort() };
  // Turbopack reads no packages outside of the project, and here they are links.
  await promisify(execFile)(process.execPath, [NEXT, 'build', '--webpack'], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  console.log('built');
  const host = await EmbeddedHost.start({ args: [NEXT, 'start', '--hostname', '127.0.0.1'], cwd: folder, env });
  const run = await host.runWhileBlocked('/jobs/api/runs?key=housekeeping%2Fbeat', ADA);
  console.log(`${run.key} ${run.outcome} while the server was blocked, ${run.lateness?.totalMs.toFixed(1)} ms late`);
  const { code, signal, stderr } = await host.end('SIGTERM');
  console.log(`ended with ${code ?? signal}${stderr === '' ? '' : `:\n${stderr}`}`);
  process.exitCode = run.outcome === 'succeeded' && code === 0 ? 0 : 1;
} finally {
  await built.remove();
}
