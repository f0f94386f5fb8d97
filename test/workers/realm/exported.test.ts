import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Surroundings } from '../../../src/workers/realm/surroundings.ts';

const none = (): never => {
  throw new Error('poisoned');
};

function accepted(): Surroundings {
  const surroundings = new Surroundings();
  surroundings.accept();
  return surroundings;
}

describe('what globals and builtin modules export', () => {
  test.each<[string, object]>([
    ['net.Socket.prototype.connect', net.Socket.prototype],
    ['fs/promises.readFile', fs.promises],
    ['URLSearchParams.prototype.get', URLSearchParams.prototype],
    ['Intl.DateTimeFormat.prototype.resolvedOptions', Intl.DateTimeFormat.prototype],
    ['WebAssembly.validate', Reflect.get(globalThis, 'WebAssembly') as object],
  ])('is put back: %s', (name, object) => {
    const key = name.slice(name.lastIndexOf('.') + 1);
    const holder = object as Record<string, unknown>;
    const before = holder[key];
    const surroundings = accepted();
    holder[key] = none;

    expect(surroundings.restore('deep')).toBe(name);

    expect(holder[key]).toBe(before);
    expect(surroundings.restore('deep')).toBeNull();
  });

  test('is put back when a getter that throws stands in its place, and a symbol was added', () => {
    const surroundings = accepted();
    Object.defineProperty(net.Socket.prototype, 'connect', { get: none, configurable: true });
    Object.defineProperty(net.Socket, Symbol.hasInstance, { value: () => false, configurable: true });

    expect(surroundings.restore('deep')).toMatch(/^net\.Socket/);

    expect(new net.Socket() instanceof net.Socket).toBe(true);
    expect(Object.getOwnPropertyDescriptor(net.Socket.prototype, 'connect')?.get).toBeUndefined();
    expect(surroundings.restore('deep')).toBeNull();
  });

  test('stays as a plugin has made it while it was loaded', () => {
    const surroundings = accepted();
    const { connect } = net.Socket.prototype;
    onTestFinished(() => void Reflect.set(net.Socket.prototype, 'connect', connect));
    net.Socket.prototype.connect = none;
    surroundings.accept();

    expect(surroundings.restore('deep')).toBeNull();
  });
});

describe('the settings of builtin modules', () => {
  test('are put back', () => {
    const surroundings = accepted();
    const { maxSockets } = http.globalAgent;
    http.globalAgent.maxSockets = 1;

    expect(surroundings.restore('deep')).toBe('http.globalAgent.maxSockets');

    expect(http.globalAgent.maxSockets).toBe(maxSockets);
  });
});
