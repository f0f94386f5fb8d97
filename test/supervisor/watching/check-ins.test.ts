import { describe, expect, test } from 'vitest';
import type { CheckIn } from '../../../src/supervisor/supervisor-config.ts';
import { checkInsOf } from '../../../src/supervisor/watching/check-ins.ts';
import { define, every } from '../../support/virtual-engine.ts';

function installed(checkIn: readonly CheckIn[] | undefined, place: { tenantId?: string; siteId?: string } = {}) {
  const definitions = ['hourly', 'nightly'].map((scheduleId) =>
    define(`p/${scheduleId}`, every(1_000), { identity: { plugin: 'p', scheduleId, ...place } }),
  );
  const reference = { module: 'p', resolveFrom: 'file:///', options: null, ...(checkIn && { checkIn }) };
  return { reference, definitions };
}

describe('where runs check in', () => {
  test('is nowhere, unless the installation says so', () => {
    expect(checkInsOf([installed(undefined), installed([])])).toEqual([]);
  });

  test('is said for every schedule, or for one', () => {
    const every = { url: 'https://hc.example/key/{plugin}-{schedule}', style: 'healthchecks' } as const;
    const one = { url: 'https://cr.example/p/x', style: 'cronitor', schedule: 'nightly' } as const;
    expect(checkInsOf([installed([every, one])])).toEqual([
      { key: 'p/hourly', url: 'https://hc.example/key/p-hourly', style: 'healthchecks' },
      { key: 'p/nightly', url: 'https://hc.example/key/p-nightly', style: 'healthchecks' },
      { key: 'p/nightly', url: 'https://cr.example/p/x', style: 'cronitor' },
    ]);
  });

  test('may have the names of a tenant and a site in it, which lead nowhere else', () => {
    const url = 'https://hc.example/{tenant}/{site}?t={tenant}';
    const place = { tenantId: '../../other?x=&', siteId: '$&' };
    expect(checkInsOf([installed([{ url, style: 'plain', schedule: 'hourly' }], place)])).toEqual([
      {
        key: 'p/hourly',
        url: 'https://hc.example/..%2F..%2Fother%3Fx%3D%26/%24%26?t=..%2F..%2Fother%3Fx%3D%26',
        style: 'plain',
      },
    ]);
  });

  test('is said although a name is half of a character, which no URL can hold', () => {
    const url = 'https://hc.example/{tenant}';
    expect(checkInsOf([installed([{ url, style: 'plain', schedule: 'hourly' }], { tenantId: 'a\ud800' })])).toEqual([
      { key: 'p/hourly', url: 'https://hc.example/a%EF%BF%BD', style: 'plain' },
    ]);
  });
});
