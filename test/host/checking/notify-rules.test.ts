import { describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import { checkOptions } from '../../../src/host/checking/check-options.ts';
import { resolveOptions } from '../../../src/host/resolve-options.ts';

const URL_RULE = 'it must be an http: or https: URL without a user, of up to 4096 characters';
const CHECK_IN_RULE = `${URL_RULE}, with names such as {tenant} behind its host`;
const SECRET_RULE = 'it must be a text of 16 to 512 characters, or "whsec_" and 24 to 64 bytes in Base64';
const HEADERS_RULE = 'it must be an object of header names and texts, without those that the scheduler sets itself';

function problemOf(options: object): string {
  try {
    checkOptions(options);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error.message;
  }
  return 'accepted';
}

describe('whom to tell', () => {
  test('is one target, or several', () => {
    const hook = { webhook: 'https://example.com/hook?key=1', secret: `whsec_${'A'.repeat(32)}`, on: ['silent'] };
    expect(problemOf({ notify: hook })).toBe('accepted');
    const internal = { webhook: 'http://10.0.0.7/', headers: { authorization: 'Bearer x' }, timeoutMs: 5_000 };
    const page = { hostFunction: 'page' };
    expect(problemOf({ notify: [hook, internal, page], hostFunctions: { page: () => null } })).toBe('accepted');
  });

  test.each([
    ['webhook', { webhook: 'ftp://example.com/T0P5ECRET' }, URL_RULE],
    ['webhook', { webhook: 'https://user:T0P5ECRET@example.com/' }, URL_RULE],
    ['webhook', { webhook: `https://example.com/${'T0P5ECRET'.repeat(500)}` }, URL_RULE],
    ['secret', { webhook: 'https://example.com', secret: 'T0P5ECRET' }, SECRET_RULE],
    ['secret', { webhook: 'https://example.com', secret: 'whsec_T0P5ECRET' }, SECRET_RULE],
    ['headers', { webhook: 'https://example.com', headers: { Host: 'T0P5ECRET' } }, HEADERS_RULE],
    ['headers', { webhook: 'https://example.com', headers: { 'Webhook-Id': 'T0P5ECRET' } }, HEADERS_RULE],
    ['headers', { webhook: 'https://example.com', headers: { 'x-key': 'T0P5ECRET\r\nx: y' } }, HEADERS_RULE],
    ['headers', { webhook: 'https://example.com', headers: { 'x key': 'T0P5ECRET' } }, HEADERS_RULE],
    ['headers.x', { webhook: 'https://example.com', headers: { x: { T0P5ECRET: 1 } } }, HEADERS_RULE],
    ['on', { webhook: 'https://example.com', on: [] }, 'it must be an array with at least one kind'],
    [
      'timeoutMs',
      { webhook: 'https://example.com', timeoutMs: 0 },
      'it must be a whole number from 1 to 600000, not 0',
    ],
  ])('is refused for a wrong %s, which is not shown if it may be secret', (option, target, rule) => {
    const problem = problemOf({ notify: target });
    expect(problem).toBe(`Option "notify.${option}" is invalid: ${rule}.`);
    expect(problem).not.toContain('T0P5ECRET');
  });

  test.each(['https://example.com/T0P5ECRET', ['https://example.com/T0P5ECRET']])(
    'is not shown if it is a URL where a target must be',
    (notify) => {
      const problem = problemOf({ notify });
      expect(problem).toContain('it must be { webhook } or { hostFunction }, or an array of these.');
      expect(problem).not.toContain('T0P5ECRET');
    },
  );

  test('is refused for a kind, a function or a field that there is not', () => {
    expect(problemOf({ notify: [{ webhook: 'https://example.com', on: ['lost'] }] })).toContain(
      '"silent" or "recovered", not "lost"',
    );
    expect(problemOf({ notify: { hostFunction: 'page' }, hostFunctions: { mail: () => null } })).toBe(
      'Option "notify.hostFunction" is invalid: hostFunctions must have "page", and has mail.',
    );
    expect(problemOf({ notify: [{ webhook: 'https://example.com', url: 'x' }] })).toBe(
      'Option "notify.0.url" is unknown: did you mean webhook?',
    );
    expect(problemOf({ notify: {} })).toContain('it must be { webhook } or { hostFunction }, or an array of these');
    expect(problemOf({ notify: new Array(33).fill({ webhook: 'https://example.com' }) })).toContain('at most 32');
  });
});

describe('where runs check in', () => {
  const of = (checkIn: unknown) => ({ plugins: [{ module: './report.js', checkIn }], baseUrl: '/srv/app' });

  test('is in the reference of the plugin as a list, with the style', () => {
    const one = { url: 'https://hc-ping.com/{schedule}' };
    const checked = (checkIn: unknown) => resolveOptions(checkOptions(of(checkIn))).plugins[0]?.checkIn;
    expect(checked(one)).toEqual([{ ...one, style: 'healthchecks' }]);
    expect(checked([one, { ...one, style: 'plain', schedule: 'nightly' }])).toEqual([
      { ...one, style: 'healthchecks' },
      { ...one, style: 'plain', schedule: 'nightly' },
    ]);
    expect(resolveOptions(checkOptions({ plugins: ['./report.js'] })).plugins[0]).not.toHaveProperty('checkIn');
  });

  test.each([
    ['https://hc-ping.com/KEY/{tenant}/job', { tenantId: '..' }],
    ['https://hc-ping.com/KEY/{tenant}/job', { tenantId: '.' }],
    ['https://hc-ping.com/{site}', { siteId: '..' }],
    ['https://hc-ping.com/KEY/{tenant}{site}?x=1', { tenantId: '.', siteId: '.' }],
    ['https://hc-ping.com/KEY/%2E{tenant}', { tenantId: '.' }],
    ['https://hc-ping.com/KEY/.{tenant}', {}],
  ])('is refused if a name would lead elsewhere: %s', (url, place) => {
    const options = { plugins: [{ module: './report.js', checkIn: { url }, ...place }], baseUrl: '/srv/app' };
    expect(() => resolveOptions(checkOptions(options))).toThrow(InvalidOptionError);
  });

  test.each([
    ['https://hc-ping.com/KEY/{tenant}/job', { tenantId: '...' }],
    ['https://hc-ping.com/KEY/{tenant}-{site}', { tenantId: '.', siteId: '.' }],
    ['https://hc-ping.com/KEY?t={tenant}#{site}', { tenantId: '..', siteId: '..' }],
    ['https://hc-ping.com/KEY/{tenant}', {}],
  ])('may have any other name in it: %s', (url, place) => {
    const options = { plugins: [{ module: './report.js', checkIn: { url }, ...place }], baseUrl: '/srv/app' };
    expect(resolveOptions(checkOptions(options)).plugins[0]?.checkIn).toEqual([{ url, style: 'healthchecks' }]);
  });

  test('is refused without a URL', () => {
    expect(problemOf({ plugins: [{ module: './p.ts', checkIn: {} }] })).toBe(
      `Option "plugins.0.checkIn.url" is missing: ${CHECK_IN_RULE}.`,
    );
  });

  test.each([
    ['checkIn.url', { url: 'T0P5ECRET' }, `${CHECK_IN_RULE}.`],
    ['checkIn.url', { url: 'https://{tenant}.example.com/T0P5ECRET' }, `${CHECK_IN_RULE}.`],
    ['checkIn.url', { url: 'https://%7btenant%7D/T0P5ECRET' }, `${CHECK_IN_RULE}.`],
    ['checkIn', 'https://hc-ping.com/T0P5ECRET', 'it must be an object with url, style, schedule.'],
    ['checkIn.0', ['https://hc-ping.com/T0P5ECRET'], 'it must be an object with url, style, schedule.'],
    [
      'checkIn.style',
      { url: 'https://hc-ping.com/x', style: 'ping' },
      'it must be "healthchecks", "cronitor" or "plain", not "ping".',
    ],
  ])('is refused for a wrong %s', (option, checkIn, rule) => {
    expect(problemOf(of(checkIn))).toBe(`Option "plugins.0.${option}" is invalid: ${rule}`);
  });
});
