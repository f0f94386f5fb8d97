import { spawn } from 'node:child_process';

/** What opens an address on each system. No shell reads it. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [program: string, ...words: string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const OTHERWISE = ['xdg-open'] as const;

/** The address if a browser may be sent there; null for what a program other than a browser would open. */
export function webAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' ? url.href : null;
}

/** Resolves to whether there is a program that opens addresses; the browser goes on by itself. */
export function openBrowser(address: string): Promise<boolean> {
  const [program, ...words] = OPENERS[process.platform] ?? OTHERWISE;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(program, [...words, address], { stdio: 'ignore', detached: true });
  child.once('error', () => resolve(false));
  child.once('spawn', () => resolve(true));
  child.unref();
  return promise;
}
