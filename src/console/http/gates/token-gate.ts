import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import { FailedTokens } from './failed-tokens.ts';
import type { Gate, Visitor } from './gate.ts';

/** How long a browser stays signed in. */
const SESSION_S = 12 * 3_600;
const BEARER = /^Bearer +([\x21-\x7e]{1,4096})$/i;

/**
 * Lets in who knows a token: programs send it with each request (`Authorization: Bearer …`), browsers exchange it for a
 * cookie. The cookie is a time and its MAC under the token: it ends after twelve hours, or with the token, whatever the
 * console remembers, and a server of the same machine that sees it does not learn the token.
 */
export function tokenGate(token: string, visitor: Visitor, nowMs: () => number): Gate {
  const failures = new FailedTokens(nowMs);
  // Cookies do not tell ports apart: another console of the machine, with another token, has another name.
  const cookieName = `escapement-${mac(token, 'name').slice(0, 8)}`;
  const nowS = (): number => Math.floor(nowMs() / 1_000);

  const isToken = (tried: string, address: string): boolean => {
    failures.check(address);
    const isRight = isSame(mac(token, tried), mac(token, token));
    if (!isRight) failures.add(address);
    return isRight;
  };
  const isCookie = (value: string): boolean => {
    const [, since, sign] = /^(\d{1,12})\.([\w-]{43})$/.exec(value) ?? [];
    if (since === undefined || sign === undefined) return false;
    const ageS = nowS() - Number(since);
    return isSame(sign, mac(token, `session ${since}`)) && ageS > -60 && ageS < SESSION_S;
  };

  const attributes = 'HttpOnly; SameSite=Strict; Path=/';
  return {
    admit: async (request, address) => {
      // A proxy in between may have a sign-in of its own, so other kinds of authorization say nothing.
      const [, tried] = BEARER.exec(request.headers.get('authorization') ?? '') ?? [];
      if (tried !== undefined) return isToken(tried, address) ? visitor : null;
      return cookiesOf(request, cookieName).some(isCookie) ? visitor : null;
    },
    signIn: {
      attempt: (tried, address, isSecure) => {
        if (tried.length === 0 || tried.length > 4_096 || !isToken(tried, address)) return null;
        const since = String(nowS());
        const value = `${since}.${mac(token, `session ${since}`)}`;
        return `${cookieName}=${value}; Max-Age=${SESSION_S}; ${attributes}${isSecure ? '; Secure' : ''}`;
      },
      farewell: `${cookieName}=; Max-Age=0; ${attributes}`,
    },
  };
}

/** What refuses a visitor who is not let in. */
export function notLetIn(): Refusal {
  const headers = { 'www-authenticate': 'Bearer realm="escapement"' };
  return new Refusal(401, 'unauthorized', 'Send the token of the console as "Authorization: Bearer …".', headers);
}

function mac(token: string, text: string): string {
  return createHmac('sha256', token).update(text).digest('base64url');
}

/** Takes the same time for every text of this length. MACs all have one length. */
function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** All cookies of this name: a page on a neighbouring port may have put another one beside ours. */
function cookiesOf(request: Request, name: string): string[] {
  const pairs = (request.headers.get('cookie') ?? '').split(';').slice(0, 100);
  return pairs.flatMap((pair) => {
    const [left, right] = pair.trim().split('=', 2);
    return left === name && right !== undefined ? [right] : [];
  });
}
