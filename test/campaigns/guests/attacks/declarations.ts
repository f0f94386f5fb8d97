import { FREE_AT, type GuestText, text } from '../../../support/guest-text.ts';
import { type Attack, attacksOf } from '../attack.ts';

const guest =
  (declared: GuestText): Attack['guest'] =>
  () =>
    declared;
const schedule = (own: object): GuestText => ({ schedules: [{ id: 's', cron: '1h', ...own }] });

/** Gives another name at every call. */
const CHANGING = `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (i32.store8 (i32.const 1024) (i32.add (i32.const 97) (global.get $calls)))
  (call $give (call $put (i32.const 1024) (i32.const 5))) (i32.const 0)`;

function about(said: object): GuestText {
  const { data, put } = text(FREE_AT, JSON.stringify(said));
  return { more: `${data} (func (export "about") (result i32) (call $give ${put}) (i32.const 0))` };
}

/** Names that could stand for others, and declarations that could overrun whoever reads them. */
export const DECLARATIONS: readonly Attack[] = attacksOf(
  'declarations',
  'nothing',
  {
    'a name that changes': guest({ nameBody: CHANGING, more: '(global $calls (mut i32) (i32.const 0))' }),
    'the name of another plugin of its tenant': guest({ name: 'neighbour' }),
    'the key of another plugin': guest({ name: 'victim@acme' }),
    'a name with a schedule': guest({ name: 'victim/keeps' }),
    'a name with a tenant and a site': guest({ name: 'victim@acme:north' }),
    'a name of a prototype': guest({ name: '__proto__' }),
    'a name with NUL': guest({ name: 'victim\u0000' }),
    'a name of 1,000 letters': guest({ name: 'a'.repeat(1_000) }),
    'no name': guest({ name: '' }),
    'an id that leads to another plugin': guest(schedule({ id: '../victim/keeps' })),
    'an unknown field': guest(schedule({ tenant_id: 'acme' })),
    'fuel beyond all numbers': guest(schedule({ budget: { fuel: 1e300 } })),
    'fuel below zero': guest(schedule({ budget: { fuel: -1 } })),
    'a budget without end': guest({ schedules: '[{"id":"s","cron":"1h","budget":{"wall_ms":1e999}}]' }),
    'JSON 10,000 levels deep': guest({ schedules: '['.repeat(10_000) }),
    'a prototype in JSON': guest({ schedules: '[{"id":"s","cron":"1h","__proto__":{"enabled":false}}]' }),
    'a config of 500 KB': () => ({
      memory: '16',
      schedulesBody: `(memory.fill (i32.const 65536) (i32.const 91) (i32.const 500000))
        (call $give (call $put (i32.const 65536) (i32.const 500000))) (i32.const 0)`,
    }),
    'the capability of a scheduler': guest(about({ provides: ['locking'] })),
    'a function of the host as its capability': guest(about({ provides: ['host.secret'] })),
    'an unknown field of itself': guest(about({ permissions: { allowedUrls: ['http://127.0.0.1/'] } })),
  },
  { isRefused: true },
);
