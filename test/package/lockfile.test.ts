import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completed, type LockedPackage, missingOptionalPackages } from '../../scripts/complete-lockfile.ts';

interface Lock {
  readonly packages: Record<string, LockedPackage & { readonly dependencies?: Record<string, string> }>;
}

const root = join(import.meta.dirname, '..', '..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));

describe('package-lock.json', () => {
  const { packages } = read('package-lock.json') as Lock;

  test('has every optional package of every platform, or else npm ci refuses it (npm run lockfile)', () => {
    expect(missingOptionalPackages(packages)).toEqual([]);
  });

  test('names no registry', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test('is that of package.json, whose versions are exact but for what hosts may share', () => {
    const manifest = read('package.json') as Record<string, Record<string, string>>;
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
    expect(packages['']).toMatchObject({ dependencies, devDependencies, optionalDependencies, peerDependencies });
    for (const version of Object.values({ ...dependencies, ...optionalDependencies })) {
      expect(version).toMatch(/^\^?\d+\.\d+\.\d+$/);
    }
    for (const version of Object.values(devDependencies ?? {})) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('the completion of a lock', () => {
  const packages = {
    'node_modules/tool': {
      dev: true,
      optionalDependencies: { '@tool/linux-x64-musl': '1.2.0', '@tool/win32-arm64': '1.2.0' },
    },
    'node_modules/@tool/win32-arm64': { version: '1.1.0' },
  };

  test('adds what is missing, beside another version that is there', () => {
    expect(completed(packages)).toMatchObject({
      'node_modules/@tool/linux-x64-musl': {
        version: '1.2.0',
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
        optional: true,
        dev: true,
      },
      'node_modules/@tool/win32-arm64': { version: '1.1.0' },
      'node_modules/tool/node_modules/@tool/win32-arm64': { version: '1.2.0', os: ['win32'], cpu: ['arm64'] },
    });
    expect(missingOptionalPackages(completed(packages))).toEqual([]);
  });

  test('refuses to guess a platform', () => {
    expect(() => completed({ 'node_modules/tool': { optionalDependencies: { 'tool-plan9': '1.0.0' } } })).toThrow(
      'tells no platform',
    );
  });
});
