import { describe, expect, test } from 'vitest';
import { isLoopback, isPublic } from '../../src/outbound/addresses.ts';

describe('an address', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:80b::200e',
  ])('of the public internet is public: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['a private network', '10.0.0.1'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.0.1'],
    ['a carrier', '100.64.0.1'],
    ['a cloud', '100.100.100.200'],
    ['a cloud', '168.63.129.16'],
    ['a cloud', '192.0.0.192'],
    ['a cloud', '169.254.169.254'],
    ['a cloud', 'fd00:ec2::254'],
    ['this machine', '127.0.0.1'],
    ['this machine', '127.255.255.254'],
    ['this machine', '::1'],
    ['nothing', '::'],
    ['a link', '169.254.0.1'],
    ['a link', 'fe80::1'],
    ['a site', 'fec0::1'],
    ['a private network', 'fc00::1'],
    ['a private network', 'fdff::1'],
    ['a group', '224.0.0.1'],
    ['a group', 'ff02::1'],
    ['everybody', '255.255.255.255'],
    ['a reserve', '240.0.0.1'],
    ['a benchmark', '198.18.0.1'],
    ['a document', '192.0.2.1'],
    ['a document', '198.51.100.1'],
    ['a document', '203.0.113.1'],
    ['a document', '2001:db8::1'],
    ['a document', '3fff::1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6', '::ffff:10.0.0.1'],
    ['IPv4 in IPv6', '::ffff:7f00:1'],
    ['IPv4 in IPv6', '::127.0.0.1'],
    ['IPv4 in IPv6', '64:ff9b::7f00:1'],
    ['IPv4 in IPv6', '64:ff9b:1::1'],
    ['a tunnel', '2002:7f00:1::'],
    ['a tunnel', '2001:0:7f00:1::'],
    ['a tunnel', '2001:10::1'],
    ['a link with a zone', 'fe80::1%eth0'],
    ['no address', 'localhost'],
    ['no address', ''],
  ])('of %s is not public: %s', (_what, address) => {
    expect(isPublic(address)).toBe(false);
  });

  test('of this machine is a loopback address, in every spelling', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['10.0.0.1', '::2', 'fe80::1', '0.0.0.0', '::ffff:10.0.0.1', 'x'].filter(isLoopback)).toEqual([]);
  });
});
