import { describe, expect, test } from 'vitest';
import { entryBytes, type KvOwner, spaceName } from '../../../src/machines/kv/kv-names.ts';

const OWNERS: readonly KvOwner[] = [
  { plugin: 'a' },
  { plugin: 'b' },
  { plugin: 'a', tenantId: 't' },
  { plugin: 'a', tenantId: 't', siteId: 's' },
  { plugin: 'a', siteId: 't' },
  { plugin: 'a', tenantId: 't,s' },
  { plugin: 'a', tenantId: 't","s' },
  { plugin: 'a', tenantId: '\ud800' },
  { plugin: 'a', tenantId: '\udbff' },
  { plugin: 'a', tenantId: '\ufffd' },
  { plugin: 'a', tenantId: 'null' },
];

describe('the name of a space', () => {
  test('is another one for every installation', () => {
    expect(new Set(OWNERS.map((owner) => spaceName(owner, null))).size).toBe(OWNERS.length);
  });

  test('is common to the plugins of a tenant and site that share a namespace, and to nobody else', () => {
    const shared = (owner: KvOwner): string => spaceName(owner, 'reports');
    expect(shared({ plugin: 'a', tenantId: 't' })).toBe(shared({ plugin: 'b', tenantId: 't' }));
    const others = [{}, { tenantId: 'u' }, { tenantId: 't', siteId: 's' }, { siteId: 't' }];
    for (const other of others) {
      expect(shared({ plugin: 'a', ...other })).not.toBe(shared({ plugin: 'a', tenantId: 't' }));
    }
  });

  test('of a namespace is never that of an installation, whatever the two are called', () => {
    const own = spaceName({ plugin: 'reports' }, null);
    for (const namespace of ['reports', '["reports",null,null]', '', '{"namespace":"reports"}']) {
      expect(spaceName({ plugin: 'x' }, namespace)).not.toBe(own);
    }
  });

  test('does not depend on how lone surrogates would be written', () => {
    expect(spaceName({ plugin: 'a', tenantId: '\ud800' }, null)).toBe('["a","\\ud800",null]');
  });
});

describe('what an entry takes', () => {
  test('is its key and its value in UTF-8, and at least 64 bytes', () => {
    expect(entryBytes('ü'.repeat(50), '"🔒"')).toBe(106);
    expect(entryBytes('k', '1')).toBe(64);
  });
});
