import { on } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UnknownPluginError } from '../../../src/errors.ts';
import { HostLink } from '../../../src/supervisor/linking/host-link.ts';
import type { FromSupervisor, SupervisorEvent, ToSupervisor } from '../../../src/supervisor/protocol.ts';
import { fromWireFault } from '../../../src/wire/error-transfer.ts';

const progress = (fraction: number): SupervisorEvent => ({
  type: 'progress',
  event: { runId: 'r', key: 'p/s', fraction },
});

/** A link over a real channel, with the host's end of it. Turns end when the test says so. */
function open() {
  const { port1: hostPort, port2 } = new MessageChannel();
  const deferred: (() => void)[] = [];
  const dropped: unknown[] = [];
  const link = new HostLink({
    port: port2,
    defer: (callback) => void deferred.push(callback),
    sleep: (_delayMs, callback) => void deferred.push(callback),
    nowMs: () => 0,
    dropped: (error) => dropped.push(error),
  });
  const received = on(hostPort, 'message');
  onTestFinished(() => {
    hostPort.close();
    port2.close();
  });
  return {
    link,
    dropped,
    endTurn: () => {
      for (const callback of deferred.splice(0)) callback();
    },
    send: (message: ToSupervisor) => hostPort.postMessage(message),
    next: async (): Promise<FromSupervisor> => {
      const { value } = (await received.next()) as { value: [FromSupervisor] };
      return value[0];
    },
  };
}

describe('the link to the host', () => {
  test('forgets a call that nobody waits for, and an answer that comes later', async () => {
    const { link, send, next } = open();
    link.answer(() => null);
    const cancels: (() => void)[] = [];
    const first = link.callHost('add', [1], { onEnd: (cancel) => void cancels.push(cancel) });
    const second = link.callHost('add', [2], { onEnd: () => {} });
    await next();
    cancels[0]?.();
    await expect(first).rejects.toThrow('add: the run has ended, so nobody waits for an answer.');
    send({ kind: 'host.answered', callId: 1, value: 'late' });
    send({ kind: 'host.answered', callId: 2, value: 5 });
    expect(await second).toBe(5);
  });

  test('sends the events of one turn together', async () => {
    const { link, endTurn, next } = open();
    link.emit(progress(0.1));
    link.emit(progress(0.2));
    endTurn();
    link.emit(progress(0.3));
    endTurn();
    expect(await next()).toEqual({ kind: 'events', events: { rows: null, others: [progress(0.1), progress(0.2)] } });
    expect(await next()).toEqual({ kind: 'events', events: { rows: null, others: [progress(0.3)] } });
  });

  test('sends what happened before an answer before the answer', async () => {
    const { link, send, next } = open();
    link.answer(async () => {
      link.emit(progress(0.5));
      return null;
    });
    send({ kind: 'request', id: 4, method: 'pause', params: { key: 'p/s' } });
    expect(await next()).toMatchObject({ kind: 'events' });
    expect(await next()).toEqual({ kind: 'answered', id: 4, result: null });
  });

  test('refuses with an error of the same class', async () => {
    const { link, send, next } = open();
    link.answer(() => {
      throw new UnknownPluginError('waitr', '');
    });
    send({ kind: 'request', id: 4, method: 'reload', params: { name: 'waitr' } });
    const refusal = await next();
    expect(refusal).toMatchObject({ kind: 'refused', id: 4 });
    const { fault } = refusal as Extract<FromSupervisor, { kind: 'refused' }>;
    expect(fromWireFault(fault)).toBeInstanceOf(UnknownPluginError);
  });

  test('calls host functions, and each call gets its own answer', async () => {
    const { link, send, next } = open();
    link.answer(() => null);
    const first = expect(link.callHost('add', [1])).resolves.toBe(5);
    const second = expect(link.callHost('add', [2])).rejects.toMatchObject({ name: 'RangeError' });
    expect(await next()).toEqual({ kind: 'host.called', callId: 1, name: 'add', args: [1] });
    send({ kind: 'host.failed', callId: 2, error: { name: 'RangeError', message: 'not today' } });
    send({ kind: 'host.answered', callId: 1, value: 5 });
    await Promise.all([first, second]);
  });

  test('says when the host has taken in what was emitted, also when the host refuses the question', async () => {
    const { link, send, next } = open();
    link.answer(() => null);
    link.emit(progress(0.5));
    const heard = link.heard();
    expect(await next()).toMatchObject({ kind: 'events' });
    expect(await next()).toEqual({ kind: 'host.called', callId: 1, name: '', args: [] });
    send({ kind: 'host.failed', callId: 1, error: { name: 'Error', message: 'no such function' } });
    await heard;
  });

  test('answers a request that it does not know, and drops a message that makes no sense', async () => {
    const { link, send, next, dropped } = open();
    link.answer(({ method }) => method);
    for (const wrong of [null, 5, {}, { kind: 'x' }, { kind: 'request', id: 'x', method: 'stop', params: null }]) {
      send(wrong as never);
    }
    for (const method of ['__proto__', 'constructor', 'toString', 'warn', '#stop', '', 5]) {
      send({ kind: 'request', id: 1, method, params: null } as never);
      expect(await next()).toMatchObject({ kind: 'refused', id: 1 });
    }
    send({ kind: 'request', id: 2, method: 'stats', params: null });
    expect(await next()).toEqual({ kind: 'answered', id: 2, result: 'stats' });
    expect(dropped).toHaveLength(5);
  });

  test('sends the other events when one of them cannot cross threads', async () => {
    const { link, endTurn, next, dropped } = open();
    link.emit(progress(0.1));
    link.emit({ type: 'progress', event: { runId: () => {} } } as never);
    link.emit(progress(0.2));
    endTurn();
    expect(await next()).toEqual({ kind: 'events', events: { rows: null, others: [progress(0.1)] } });
    expect(await next()).toEqual({ kind: 'events', events: { rows: null, others: [progress(0.2)] } });
    expect(dropped).toMatchObject([{ name: 'DataCloneError' }]);
  });
});
