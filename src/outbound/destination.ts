/**
 * Decides where a connection may lead. A name is looked up here, and the connection goes to the very addresses that
 * were judged, so that a name which means something else a moment later leads nowhere.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { hostOf } from '../machines/calling/allowed-urls.ts';
import { isLoopback, isPublic } from './addresses.ts';
import { FetchFault } from './fetch-fault.ts';

/** Looks a name up: `dns.lookup`, unless a test puts something else in its place. */
export type Lookup = typeof systemLookup;

/**
 * The `lookup` for a connection to the host of a URL that an allowed one covers. Node does not look up a host that is an
 * address; an allowed URL then names the same address, which is the permission to reach it, wherever it is. In the same
 * way `localhost` must be named, and it means this machine and nothing else.
 */
export function lookupFor(url: URL, lookup: Lookup = systemLookup): LookupFunction {
  const host = hostOf(url);
  const isAllowed = host === 'localhost' ? isLoopback : isPublic;
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined) callback(refused(host, addresses[0]?.address), '', 0);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string, address: string | undefined): FetchFault {
  const found = address === undefined ? 'no address' : `the address ${address}`;
  return new FetchFault(
    'denied',
    `${host} has ${found}, which is not public: permissions.allowedUrls must name such an address itself`,
  );
}
