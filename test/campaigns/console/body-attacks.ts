/** Bodies that are too large, not what they say, or more than data. */
import { type Attack, oneRequest, PAUSE, requestText, sendBytes, TAG, type Target } from './attack.ts';

const JSON_TYPE = 'Content-Type: application/json';
const AT = '/api/schedules/subject%2Fquiet/position';

/** Each is refused: none of them is an object with a note. */
const BODIES: readonly (readonly [name: string, body: string])[] = [
  ['a prototype', '{"__proto__":{"polluted":true}}'],
  ['a prototype beside a note', '{"note":"x","__proto__":{"polluted":true}}'],
  ['a constructor', '{"constructor":{"prototype":{"polluted":true}}}'],
  ['a prototype in a note', '{"note":{"__proto__":{"polluted":true}}}'],
  ['a prototype in an array', '[{"__proto__":{"polluted":true}}]'],
  ['a toString', '{"note":{"toString":"x"},"toString":1}'],
  ['a toJSON', '{"toJSON":"x"}'],
  ['a long note', `{"note":"${'x'.repeat(1_001)}"}`],
  ['a note that is a number', '{"note":1}'],
  ['a note that is null', '{"note":null}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a text', '"note"'],
  ['a number', '1'],
  ['half an object', '{"note":'],
  ['two objects', '{}{}'],
  ['a comment', '/**/{}'],
  ['single quotes', "{'note':'x'}"],
  ['a trailing comma', '{"note":"x",}'],
  ['NaN', '{"note":NaN}'],
  ['a mark of the byte order in the middle', '{\ufeff"note":"x"}'],
  ['60,000 brackets', '['.repeat(60_000)],
  ['nested objects', `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`],
  ['a thousand unknown fields', `{${Array.from({ length: 1_000 }, (_, at) => `"f${at}":1`).join()}}`],
  ['an unknown field with a tag', JSON.stringify({ [TAG]: 1 })],
  ['an actor of its own', '{"note":"x","by":"somebody else"}'],
  ['a key of its own', '{"key":"subject/logs"}'],
];

const INSTANTS = [
  '1e999',
  '-1e999',
  '"never"',
  '8640000000000001',
  'true',
  '[0]',
  '{"valueOf":0}',
  '"2026-13-45T99:99:99Z"',
  '""',
];

const TYPES = [
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json-patch+json',
  'text/plain; application/json',
  '',
];

function tooLarge(name: string, headers: readonly string[], body: (target: Target) => string): Attack {
  return {
    kind: 'bodies',
    name,
    on: 'open',
    send: (target) =>
      sendBytes(
        target,
        requestText(target, { method: 'POST', path: PAUSE, headers: [JSON_TYPE, ...headers], body: body(target) }),
      ),
  };
}

const megabyte = 'x'.repeat(1_048_576);

export const BODY_ATTACKS: readonly Attack[] = [
  ...BODIES.map(([name, body]) =>
    oneRequest({ kind: 'bodies', name, on: 'open', wire: { method: 'POST', path: PAUSE, headers: [JSON_TYPE], body } }),
  ),
  ...INSTANTS.map((at) =>
    oneRequest({
      kind: 'bodies',
      name: `the instant ${at}`,
      on: 'open',
      wire: { method: 'POST', path: AT, headers: [JSON_TYPE], body: `{"at":${at}}` },
    }),
  ),
  ...TYPES.map((type) =>
    oneRequest({
      kind: 'bodies',
      name: `JSON as ${type === '' ? 'nothing' : type}`,
      on: 'open',
      wire: { method: 'POST', path: PAUSE, headers: [`Content-Type: ${type}`], body: '{"note":"x"}' },
    }),
  ),
  tooLarge('20 MB', [], () => `{"note":"${megabyte.repeat(20)}"}`),
  tooLarge(
    '20 MB in one chunk',
    ['Transfer-Encoding: chunked'],
    () => `1400000\r\n${megabyte.repeat(20)}\r\n0\r\n\r\n`,
  ),
  tooLarge('65,537 bytes', [], () => ' '.repeat(65_537)),
  tooLarge('a length of 10^15', ['Content-Length: 1000000000000000'], () => '{}'),
  tooLarge('a length below zero', ['Content-Length: -1'], () => '{"note":"x"}'),
  tooLarge('a length that is no number', ['Content-Length: ten'], () => '{"note":"x"}'),
  tooLarge('a length with a sign', ['Content-Length: +12'], () => '{"note":"x"}'),
  tooLarge('compressed', ['Content-Encoding: gzip'], () => '\u001f\u008b\b\u0000'),
  {
    kind: 'bodies',
    name: 'bytes that are not UTF-8',
    on: 'open',
    send: (target) => {
      const head = requestText(target, { method: 'POST', path: PAUSE, headers: [JSON_TYPE, 'Content-Length: 12'] });
      return sendBytes(
        target,
        Buffer.concat([Buffer.from(head), Buffer.from('{"note":"'), Buffer.from([0xff, 0xfe, 0x7d])]),
      );
    },
  },
];
