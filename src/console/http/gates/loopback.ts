import { isIPv4 } from 'node:net';
import { Refusal } from '../refusal.ts';
import type { Gate, Visitor } from './gate.ts';

/** Whether only this machine reaches an address that a server listens on. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

/**
 * Lets in whoever reaches a loopback address by a name of this machine. A page on the web can give a name of its own the
 * address 127.0.0.1 (DNS rebinding), and its scripts then count as of the same origin: such requests carry that name.
 */
export function loopbackGate(visitor: Visitor): Gate {
  return {
    admit: async (request) => {
      if (isLoopback(hostNameOf(request))) return visitor;
      const advice = 'Use the name localhost, or give the console a token.';
      throw new Refusal(403, 'host-refused', `The console answers only to the names of this machine. ${advice}`);
    },
  };
}

/** The name that the request was sent to, without the port. */
function hostNameOf(request: Request): string {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return host.replace(/:\d*$/, '');
}
