/** Questions to the console's API. Every address is relative to the page, so that it works under any mount path. */
import { isSignedOut } from '../state/session.ts';
import { heardFrom, lostContact } from './connection.ts';

/** Who stands between the page and the console, and the console without a scheduler behind it, answer with these. */
const NOBODY_THERE = new Set([502, 503, 504]);

/** A refusal by the API, or its absence (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type QueryValue = string | number | boolean | readonly string[] | null | undefined;

/** The path of a question. Fields that are null, undefined, empty or false are left out. */
export function questionPath(path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '' && one !== false) fields.append(name, String(one));
    }
  }
  const text = fields.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The path of a schedule, with what follows it. */
export function schedulePath(key: string, rest = ''): string {
  return `schedules/${encodeURIComponent(key)}${rest}`;
}

/** @throws ApiError */
export async function ask<T>(path: string, signal: AbortSignal | null = null): Promise<T> {
  const response = await send(path, { signal });
  return (await response.json()) as T;
}

/** Changes something. Resolves to the answer, or to null if there is none. @throws ApiError */
export async function change<T>(path: string, body: unknown = {}): Promise<T | null> {
  const headers = { 'content-type': 'application/json' };
  const response = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  return text === '' ? null : (JSON.parse(text) as T);
}

/** The answer to a request, once it is known to be none of the refusals. @throws ApiError */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await reach(path, init);
  if (NOBODY_THERE.has(response.status)) lostContact(probe);
  else heardFrom();
  if (response.ok) return response;
  if (response.status === 401) isSignedOut.set(true);
  const { code, message } = await refusalOf(response);
  throw new ApiError(response.status, code, message);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const headers = { accept: 'application/json', ...init.headers };
  try {
    return await fetch(new URL(`api/${path}`, document.baseURI), { ...init, headers, cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    lostContact(probe);
    throw new ApiError(0, 'unreachable', 'The console does not answer.');
  }
}

/** Whether it succeeds is all that matters, and `send` tells that. */
function probe(): void {
  send('session', {}).catch(() => {});
}

async function refusalOf(response: Response): Promise<{ code: string; message: string }> {
  const fallback = { code: 'unknown', message: `The console answered with status ${response.status}.` };
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null || !('error' in body)) return fallback;
  const { error } = body;
  if (typeof error !== 'object' || error === null) return fallback;
  return {
    code: 'code' in error ? String(error.code) : fallback.code,
    message: 'message' in error ? String(error.message) : fallback.message,
  };
}
