import { type Attack, attacksOf, calling } from '../attack.ts';

/** The names under which a guest could hope to find the entries of another plugin, tenant or site. */
const FORGED: readonly unknown[] = [
  'victim',
  'acme',
  'secrets',
  'shared ',
  'Shared',
  'shared\u0000',
  '',
  '*',
  '../acme/victim',
  '["victim","acme",null]',
  '["victim","acme",null,null]',
  'shared@acme',
  '__proto__',
  "' OR '1'='1",
  ['victim', 'acme'],
  { namespace: 'shared', tenantId: 'acme' },
  0,
  true,
];
/** Keys in the space of its own, or in the granted one, that could lead out of it. */
const KEYS: readonly string[] = [
  '../victim/secret',
  '["victim","acme",null]/secret',
  'secret\u0000',
  '%',
  '_',
  'victim/secret',
];

export const KV: readonly Attack[] = [
  ...attacksOf(
    'kv of others',
    'narrow',
    named('get', FORGED, (namespace) => [namespace, 'secret']),
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    named('set', FORGED.slice(0, 10), (namespace) => [namespace, 'secret', 'stolen']),
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    named('delete', FORGED.slice(0, 10), (namespace) => [namespace, 'secret']),
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    named('list', FORGED.slice(0, 10), (namespace) => [namespace, '', null, 1_000]),
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    named('get', KEYS, (key) => [null, key]),
    { harmless: /^null$/ },
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    named('get', KEYS.slice(0, 2), (key) => ['shared', key]),
    { harmless: /^null$/ },
  ),
  ...attacksOf(
    'kv of others',
    'narrow',
    {
      'list all of the shared namespace': calling('kv_list', ['shared', '', null, 1_000]),
      'list all of its own': calling('kv_list', [null, '', null, 1_000]),
    },
    { harmless: /^\{"keys":\["own"\],"next":null\}$/ },
  ),
  ...attacksOf('kv of others', 'nothing', {
    'get from the shared namespace': calling('kv_get', ['shared', 'secret']),
    'set more than the quota': calling('kv_set', [null, 'k', 'x'.repeat(70_000)]),
  }),
];

function named(
  call: string,
  tried: readonly unknown[],
  argumentsOf: (each: never) => readonly unknown[],
): Record<string, Attack['guest']> {
  const entries = tried.map((each) => {
    const args = argumentsOf(each as never);
    return [`${call} ${JSON.stringify(args)}`, calling(`kv_${call}`, args)] as const;
  });
  return Object.fromEntries(entries);
}
