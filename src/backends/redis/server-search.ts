/**
 * Finds the server that takes our scripts now: the one that the URL names, the owner of a slot in a Redis Cluster, or
 * the master that sentinels watch. It is looked for again whenever its session is over, so a fail-over needs no restart.
 *
 * All known nodes are asked at once, and the first one that leads to the server decides. So a node that is dead, that
 * does not answer, or that knows less than the others delays nothing.
 */
import { reasonOf } from '../../wire/error-record.ts';
import type { Credentials, Login } from '../exchange/credentials.ts';
import type { Open, Opened } from './dial-attempt.ts';
import type { RedisOptions, SentinelOptions } from './redis-locking-options.ts';
import { urlAt, urlFor, urlWith } from './redis-urls.ts';

/** Rejects if no server can be found; it may also never settle. */
export type ServerSearch = (open: Open) => Promise<Opened>;

/** From one node of a cluster to the next: each knows the owner of a slot, or knows it wrongly for a moment. */
const MAX_MOVES = 3;
const MAX_KNOWN = 16;
const MAX_LISTED_REASONS = 3;
/** Answers by which a server says that the scripts belong to another one, or cannot run now. */
const ELSEWHERE = /(?:^|-)(?:READONLY|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN) /;

/** Whether the server that answered with this error is the wrong one, so that the right one is to be looked for. */
export function isElsewhere(error: unknown): boolean {
  return ELSEWHERE.test(reasonOf(error));
}

/**
 * @param key Any of our keys: all of them are in one slot.
 * @param credentials Of the server, for which they are asked in each search; null: the options have them.
 */
export function serverSearch(options: RedisOptions, key: string, credentials: Credentials | null): ServerSearch {
  const search = searchOf(options, key);
  return async (open) => search(open, (await credentials?.fresh()) ?? null);
}

type SearchAs = (open: Open, login: Login | null) => Promise<Opened>;

function searchOf({ url, cluster, sentinel }: RedisOptions, key: string): SearchAs {
  if (sentinel !== undefined) {
    return (open, login) => masterSearch(login === null ? sentinel : { ...sentinel, ...masterLogin(login) })(open);
  }
  const search = cluster === undefined ? (open: Open) => open(url as string) : ownerSearch(cluster, key);
  return (open, login) => search(login === null ? open : (each) => open(urlFor(each, login)));
}

function masterLogin({ user, password }: Login): Pick<SentinelOptions, 'username' | 'password'> {
  return user === undefined ? { password } : { username: user, password };
}

/** Every URL that a driver may be given by the options, for the passwords in them. */
export function urlsOf({ url, cluster, sentinel }: RedisOptions): readonly string[] {
  if (sentinel === undefined) return cluster ?? [url as string];
  return [...sentinel.urls, ...sentinel.urls.slice(0, 1).map((each) => urlWith(each, sentinel))];
}

function ownerSearch(seeds: readonly string[], key: string): ServerSearch {
  // The nodes that the options name may all be gone some day.
  let known: readonly string[] = [];
  return async (open) => {
    const owner = await firstOf([...new Set([...known, ...seeds])], (url) => ownerFrom(open, url, key, MAX_MOVES));
    // A user that may not ask this still has the nodes of the options.
    known = await nodesKnownTo(owner, key).catch(() => known);
    return owner;
  };
}

/** A node that does not own the key's slot answers with the address of the owner. */
async function ownerFrom(open: Open, url: string, key: string, movesLeft: number): Promise<Opened> {
  const node = await open(url);
  try {
    await node.ask(['EXISTS', key]);
    return node;
  } catch (error) {
    const [, host, port] = /^MOVED \d+ (.*):(\d+)$/.exec(reasonOf(error)) ?? [];
    if (host === undefined || port === undefined || movesLeft === 0) throw error;
    return ownerFrom(open, urlAt(url, host, port), key, movesLeft - 1);
  }
}

/** URLs of nodes: first the owner and its replicas, one of which will take its place if it fails. */
async function nodesKnownTo({ url, ask }: Opened, key: string): Promise<readonly string[]> {
  const [slot, ranges] = await Promise.all([ask(['CLUSTER', 'KEYSLOT', key]), ask(['CLUSTER', 'SLOTS'])]);
  const shards = listOf(ranges).map((range) => {
    const [first, last, ...nodes] = listOf(range);
    return { isOurs: Number(first) <= Number(slot) && Number(slot) <= Number(last), nodes };
  });
  const nodes = shards.toSorted((a, b) => Number(b.isOurs) - Number(a.isOurs)).flatMap((shard) => shard.nodes);
  return nodes.slice(0, MAX_KNOWN).map((node) => {
    const [host, port] = listOf(node);
    return urlAt(url, typeof host === 'string' ? host : '', String(port));
  });
}

function masterSearch(options: SentinelOptions): ServerSearch {
  return (open) => firstOf(options.urls, (url) => masterFrom(open, url, options));
}

/** Around a fail-over a sentinel may name a server that is a replica, so the server itself is asked what it is. */
async function masterFrom(open: Open, sentinelUrl: string, options: SentinelOptions): Promise<Opened> {
  const sentinel = await open(sentinelUrl);
  const [host, port] = listOf(await sentinel.ask(['SENTINEL', 'get-master-addr-by-name', options.name]));
  if (typeof host !== 'string' || typeof port !== 'string') {
    throw new Error(`the sentinel knows no master of the name "${options.name}"`);
  }
  const server = await open(urlAt(urlWith(sentinelUrl, options), host, port));
  const [role] = listOf(await server.ask(['ROLE']));
  if (role !== 'master') throw new Error(`${host}:${port} is not a master, as the sentinel says it is`);
  return server;
}

/** What the first of the servers leads to. Rejects with the reasons of all. */
async function firstOf(urls: readonly string[], search: (url: string) => Promise<Opened>): Promise<Opened> {
  try {
    return await Promise.any(urls.map(search));
  } catch (error) {
    const reasons = new Set((error as AggregateError).errors.map(reasonOf));
    throw new Error([...reasons].slice(0, MAX_LISTED_REASONS).join('; '));
  }
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as readonly unknown[]) : [];
}
