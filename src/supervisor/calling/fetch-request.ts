/** Makes what a plugin asks `fetch` for into an HTTP request that nothing can be smuggled into. */
import { MAX_TIMER_MS } from '../../machines/calendar/duration.ts';
import { utf8Length } from '../../machines/kv/utf8.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { FetchOrder } from '../ports/fetcher.ts';
import type { CallArguments } from './call-arguments.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_URL_LENGTH = 8_192;
const MAX_BODY_BYTES = 256 * 1_024;
const MAX_HEADERS = 64;
const MAX_HEADER_LENGTH = 8_192;
const FIELDS = ['url', 'method', 'headers', 'body', 'timeoutMs'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers of the connection and the message, which are ours to set, and cookies, which are neither kept nor sent. */
const OUR_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

export type CheckedRequest = Omit<FetchOrder, 'allowedUrls' | 'owner' | 'url'> & { readonly url: URL };

/** @param leftMs How long the run may go on at most. @throws HostCallError */
export function checkedRequest(call: CallArguments, leftMs: number): CheckedRequest {
  const { url, method, headers, body, timeoutMs } = call.fieldsOf(call.at(0), 'request', FIELDS);
  const checkedMethod = methodOf(call, method ?? 'GET');
  return {
    url: urlOf(call, url),
    method: checkedMethod,
    headers: headersOf(call, headers ?? {}),
    body: bodyOf(call, body ?? null, checkedMethod),
    timeoutMs: Math.min(timeoutOf(call, timeoutMs ?? DEFAULT_TIMEOUT_MS), leftMs, MAX_TIMER_MS),
  };
}

function urlOf(call: CallArguments, given: unknown): URL {
  if (typeof given !== 'string' || given.length > MAX_URL_LENGTH) {
    const found = typeof given === 'string' ? `${given.length} characters` : previewOf(given);
    throw call.invalid(`its url must be a string of up to ${MAX_URL_LENGTH} characters, not ${found}`);
  }
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw call.invalid(`its url must be an absolute http: or https: URL, not ${previewOf(given)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw call.invalid('its url must have no user and no password: use the header authorization');
  }
  url.hash = '';
  return url;
}

function methodOf(call: CallArguments, given: unknown): string {
  const method = typeof given === 'string' ? given.toUpperCase() : '';
  if (METHODS.includes(method)) return method;
  throw call.invalid(`its method must be one of ${METHODS.join(', ')}, not ${previewOf(given)}`);
}

function headersOf(call: CallArguments, given: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(call.recordOf(given, 'headers'));
  if (entries.length > MAX_HEADERS) throw call.invalid(`it has ${entries.length} headers: send ${MAX_HEADERS} at most`);
  return Object.fromEntries(entries.map(([name, value]) => headerOf(call, name, value)));
}

function headerOf(call: CallArguments, name: string, value: unknown): readonly [string, string] {
  const shown = previewOf(name);
  if (!HEADER_NAME.test(name)) throw call.invalid(`its header ${shown} has no valid name`);
  const lower = name.toLowerCase();
  if (OUR_HEADERS.has(lower)) throw call.invalid(`its header ${shown} cannot be set by plugins`);
  if (typeof value !== 'string' || value.length > MAX_HEADER_LENGTH || !HEADER_VALUE.test(value)) {
    throw call.invalid(`its header ${shown} must be a line of up to ${MAX_HEADER_LENGTH} Latin-1 characters`);
  }
  return [lower, value];
}

function bodyOf(call: CallArguments, given: unknown, method: string): string | null {
  if (given === null) return null;
  if (typeof given !== 'string') throw call.invalid(`its body must be a string, not ${previewOf(given)}`);
  if (method === 'GET' || method === 'HEAD') throw call.invalid(`a request with the method ${method} has no body`);
  const bytes = utf8Length(given);
  if (bytes > MAX_BODY_BYTES) throw call.invalid(`its body must have at most 256 KiB in UTF-8, not ${bytes} bytes`);
  return given;
}

function timeoutOf(call: CallArguments, given: unknown): number {
  if (typeof given === 'number' && Number.isFinite(given) && given >= 1) return given;
  throw call.invalid(`its timeoutMs must be a number of milliseconds of at least 1, not ${previewOf(given)}`);
}
