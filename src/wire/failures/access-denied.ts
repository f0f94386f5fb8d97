import { resolve } from 'node:path';
import { types } from 'node:util';
import { chainOf, propertyOf } from '../property-chain.ts';

/** What Node's permission model forbids, by its own words, and the flag that allows it. */
const FORBIDDEN: Readonly<Record<string, { readonly deed: string; readonly flag: string }>> = {
  FileSystemRead: { deed: 'read', flag: '--allow-fs-read' },
  FileSystemWrite: { deed: 'write', flag: '--allow-fs-write' },
  WorkerThreads: { deed: 'start threads', flag: '--allow-worker' },
  ChildProcess: { deed: 'start processes', flag: '--allow-child-process' },
  Net: { deed: 'use the network', flag: '--allow-net' },
  Addon: { deed: 'load addons', flag: '--allow-addons' },
};

/**
 * What Node's permission model has refused, as a clause that names the flag to give; null if it was something else that
 * refused it. Node's own message names neither the file nor who set the limit.
 */
export function accessDenied(thrown: unknown): string | null {
  if (textOf(thrown, 'code') !== 'ERR_ACCESS_DENIED') return null;
  const permission = textOf(thrown, 'permission') ?? '';
  const known = Object.hasOwn(FORBIDDEN, permission) ? FORBIDDEN[permission] : undefined;
  if (known === undefined) return `Node runs with --permission, which does not allow this (${permission})`;
  const refusal = `Node runs with --permission and may not ${known.deed}`;
  const resource = permission.startsWith('FileSystem') ? (textOf(thrown, 'resource') ?? '') : '';
  if (resource === '') return `${refusal}: add ${known.flag}`;
  const path = resolve(resource);
  return `${refusal} ${path}: add ${known.flag}=${path}`;
}

function textOf(thrown: unknown, key: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || types.isProxy(thrown)) return undefined;
  const property = propertyOf(chainOf(thrown), key);
  return property.kind === 'data' && typeof property.value === 'string' ? property.value : undefined;
}
