import { describe, expect, test } from 'vitest';
import { checkHost, UnsupportedHostError } from '../../../src/host/checking/check-host.ts';

function refusal(versions: Record<string, string>, bundle: string | null = null): string {
  try {
    checkHost({ versions, bundle });
  } catch (error) {
    expect(error).toBeInstanceOf(UnsupportedHostError);
    return (error as UnsupportedHostError).reason;
  }
  return 'accepted';
}

const NEEDS = 'Escapement needs Node.js 22.18 or newer, and this is';

describe('the process of a host', () => {
  test('is this one, outside of a bundle', () => {
    expect(() => checkHost()).not.toThrow();
  });

  test.each(['22.18.0', '22.20.1', '24.0.0', '26.10.0'])('may be Node.js %s', (node) => {
    expect(refusal({ node })).toBe('accepted');
  });

  test.each(['20.20.2', '22.9.0', '22.17.1'])('may not be Node.js %s', (node) => {
    expect(refusal({ node })).toBe(`${NEEDS} Node.js ${node}`);
  });

  test.each([
    ['Bun', { node: '24.3.0', bun: '1.4.5' }, '1.4.5'],
    ['Deno', { node: '24.2.0', deno: '2.9.6' }, '2.9.6'],
  ])('may not be %s, which says that it is Node.js', (name, versions, version) => {
    expect(refusal(versions)).toBe(`${NEEDS} ${name} ${version}, whose threads lack what runs need`);
  });

  test('may not be a bundle, and learns what to mark as external', () => {
    expect(refusal({ node: '24.0.0' }, '/srv/dist/main.js')).toBe(
      'Escapement was bundled into "/srv/dist/main.js", but its threads start from files of its own, ' +
        'so mark "escapement" and "escapement/*" as external (see docs/bundling.md)',
    );
  });
});
