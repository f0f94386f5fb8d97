/** How a browser gets in: with a form, or once with the token in the address, which then goes out of it. */
import type { SignIn } from '../gates/gate.ts';
import { readText } from '../read-body.ts';
import { Refusal } from '../refusal.ts';
import { signInPage } from './sign-in-page.ts';

const WRONG = 'This is not the token.';

/** `POST /sign-in`, with the token as a form sends it. */
export async function signInByForm(signIn: SignIn, request: Request, address: string, basePath: string) {
  const token = new URLSearchParams(await readText(request)).get('token') ?? '';
  return attempt(signIn, { token, request, address, basePath, next: `${basePath}/` });
}

/** A page's address with `?token=…`. Null if it has none. */
export function signInByAddress(signIn: SignIn, request: Request, address: string, basePath: string): Response | null {
  const url = new URL(request.url);
  const token = url.searchParams.get('token');
  if (token === null || !isVisit(request)) return null;
  url.searchParams.delete('token');
  // A path that begins with two slashes would be another host's.
  const next = `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
  return attempt(signIn, { token, request, address, basePath, next });
}

export function signOut(signIn: SignIn): Response {
  return new Response(null, { status: 204, headers: { 'set-cookie': signIn.farewell } });
}

interface Attempt {
  readonly token: string;
  readonly request: Request;
  readonly address: string;
  readonly basePath: string;
  readonly next: string;
}

function attempt(signIn: SignIn, { token, request, address, basePath, next }: Attempt): Response {
  try {
    const cookie = signIn.attempt(token, address, isEncrypted(request));
    if (cookie === null) return signInPage(basePath, WRONG, 401);
    return new Response(null, { status: 303, headers: { location: next, 'set-cookie': cookie } });
  } catch (error) {
    if (error instanceof Refusal && error.status === 429) return signInPage(basePath, error.message, 429);
    throw error;
  }
}

/** Whether somebody goes there. A picture in another site's page must not count as a wrong token of its visitor. */
function isVisit(request: Request): boolean {
  return (request.headers.get('sec-fetch-dest') ?? 'document') === 'document';
}

/** Whether the browser's side of the connection is, also when a proxy takes the encryption off. */
function isEncrypted(request: Request): boolean {
  return request.headers.get('x-forwarded-proto') === 'https' || request.url.startsWith('https:');
}
