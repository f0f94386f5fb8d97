import { type Attack, attacksOf, calling, type Surroundings } from './attack.ts';
import { DECLARATIONS } from './attacks/declarations.ts';
import { FILES } from './attacks/files.ts';
import { FUEL } from './attacks/fuel.ts';
import { IMPORTS } from './attacks/imports.ts';
import { KV } from './attacks/kv.ts';
import { MEMORY } from './attacks/memory.ts';
import { URLS } from './attacks/urls.ts';

export const ATTACKS: readonly Attack[] = [...IMPORTS, ...DECLARATIONS, ...MEMORY, ...KV, ...URLS, ...FILES, ...FUEL];

/** What the guest was granted. If it cannot reach this, it proves nothing that it reaches nothing else. */
export const CONTROLS: readonly Attack[] = attacksOf('controls', 'narrow', {
  'the granted page': calling('fetch', ({ port }: Surroundings) => [{ url: `http://127.0.0.1:${port}/allowed/page` }]),
  'the granted file': calling('file_read', ({ openFolder }: Surroundings) => [`${openFolder}/note.txt`]),
  'the granted function': calling('count', []),
  'an entry of its own': calling('kv_set', [null, 'own', 1]),
  'the namespace of its own tenant': calling('kv_set', ['shared', 'own', 1]),
});

/** Those that take no second, for the tests. */
export const QUICK: readonly Attack[] = ATTACKS.filter(
  ({ kind, name }) => kind !== 'starts' || /memory|table|guest|module|bytes/.test(name),
);
