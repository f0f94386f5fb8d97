/** The link to operators, at both of its ends. */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { PortSource } from '../../../src/host/console/port-source.ts';
import { OperatorLinks } from '../../../src/supervisor/linking/operator-links.ts';
import type { FromOperator, ToOperator } from '../../../src/supervisor/operator-protocol.ts';
import { VirtualDesk } from '../../support/virtual-desk.ts';
import type { MessageMaker } from './message-maker.ts';
import { KEY } from './right-messages.ts';
import type { Target } from './targets.ts';

const by = 'ada';
const record = { name: 'RangeError', message: 'far' };
const PLUGIN = { name: 'beats', schedules: () => [{ id: 'a', cron: '1m' }], run: () => {} };

const FROM_OPERATOR: readonly FromOperator[] = [
  { kind: 'request', id: 1, method: 'overview', params: null },
  {
    kind: 'request',
    id: 1,
    method: 'page',
    params: { search: 'a', states: ['idle'], sort: 'next', offset: 1, limit: 2 },
  },
  { kind: 'request', id: 1, method: 'lanes', params: { keys: [KEY], sinceMs: 1, untilMs: 2, limit: 3 } },
  { kind: 'request', id: 1, method: 'upcoming', params: { key: KEY, count: 3 } },
  { kind: 'request', id: 1, method: 'life', params: { key: KEY, limit: 3 } },
  { kind: 'request', id: 1, method: 'liveRun', params: { runId: 'r' } },
  { kind: 'request', id: 1, method: 'history', params: { key: KEY, outcome: 'failed', withLog: true } },
  { kind: 'request', id: 1, method: 'audit', params: { key: KEY, until: 5 } },
  { kind: 'request', id: 1, method: 'pause', params: { key: KEY, by, note: 'disk' } },
  { kind: 'request', id: 1, method: 'setPosition', params: { key: KEY, by, atMs: 1 } },
  { kind: 'request', id: 1, method: 'abort', params: { runId: 'r', by } },
  { kind: 'listen', topics: ['run', 'log'] },
  { kind: 'heard' },
];

const TO_OPERATOR: readonly ToOperator[] = [
  { kind: 'answered', id: 1, result: null },
  { kind: 'refused', id: 1, fault: { record, fields: { key: KEY }, errors: [] } },
  { kind: 'events', events: [{ type: 'warning', event: { code: 'c', message: 'm' } }] },
];

/** An operator's messages, to the link of a supervisor that runs. */
export async function operatorTarget(maker: MessageMaker): Promise<Target> {
  const desk = await VirtualDesk.open({ plugins: [PLUGIN], startAt: 0 });
  const { port1: operator, port2: port } = new MessageChannel();
  const links = new OperatorLinks({
    answer: (method, params) => desk.asked(method, params) as Promise<never>,
    sleep: (_delayMs, callback) => setImmediate(callback),
    dropped: () => {},
  });
  links.open(port);
  let lastId = 1_000_000;
  const ask = async (): Promise<{ readonly kind: string; readonly result?: { readonly total?: number } }> => {
    lastId += 1;
    operator.postMessage({ kind: 'request', id: lastId, method: 'page', params: {} });
    for (;;) {
      const [answer] = await once(operator, 'message');
      if (answer.id === lastId) return answer;
    }
  };
  return {
    name: 'operator to supervisor',
    storm: async (count) => {
      for (let sent = 0; sent < count; sent += 1) operator.postMessage(maker.next(FROM_OPERATOR));
      await ask();
    },
    check: async () => {
      let answer = await ask();
      // Until the questions of the storm are answered there may be too many of them.
      while (answer.kind === 'refused') answer = await ask();
      if (answer.result?.total !== 1) throw new Error(JSON.stringify(answer));
    },
    close: () => operator.close(),
  };
}

/** The supervisor's messages, to a source of the console. */
export async function sourceTarget(maker: MessageMaker): Promise<Target> {
  const { port1: supervisor, port2: port } = new MessageChannel();
  const source = new PortSource();
  source.connect(port);
  source.listen(['warning'], () => {});
  supervisor.on('message', (message: FromOperator) => {
    if (message.kind === 'request') supervisor.postMessage({ kind: 'answered', id: message.id, result: [] });
  });
  const ask = (): Promise<unknown> => source.ask('live', null);
  return {
    name: 'supervisor to console',
    storm: async (count) => {
      for (let sent = 0; sent < count; sent += 1) supervisor.postMessage(maker.next(TO_OPERATOR));
      await ask().catch(() => {});
    },
    check: async () => {
      await ask();
    },
    close: () => {
      source.close();
      supervisor.close();
    },
  };
}
