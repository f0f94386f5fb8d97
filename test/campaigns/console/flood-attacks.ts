/** Clients that are many, slow, or both. */
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Attack, connected, PAUSE, requestText, sendBytes, statusesIn, type Target, TRIGGER } from './attack.ts';

const openStream = async (target: Target): Promise<{ socket: Socket; status: number }> => {
  const socket = await connected(target);
  socket.write(requestText(target, { path: '/api/events', headers: ['Connection: keep-alive'] }));
  const head = await new Promise<string>((resolve) => {
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')));
    socket.once('close', () => resolve(''));
  });
  return { socket, status: statusesIn(head)[0] ?? 0 };
};

async function many<T>(count: number, start: (at: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => start(at)));
}

/** Resolves when the server has ended the connection, with how long that took. */
async function endOf(socket: Socket, limitMs: number): Promise<number> {
  const beganAtMs = performance.now();
  const timer = setTimeout(() => socket.destroy(), limitMs);
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
  return performance.now() - beganAtMs;
}

async function drip(target: Target, head: string, bytes: string, limitMs: number): Promise<string> {
  const socket = await connected(target);
  socket.write(head);
  const timer = setInterval(() => socket.write(bytes), 500);
  const tookMs = await endOf(socket, limitMs);
  clearInterval(timer);
  return tookMs < limitMs ? '' : 'STILL OPEN';
}

const mustEnd = (answers: string): string | null => (answers.includes('STILL OPEN') ? 'a slow client was kept' : null);

export const FLOOD_ATTACKS: readonly Attack[] = [
  {
    kind: 'floods',
    name: '150 event streams',
    on: 'open',
    send: async (target) => {
      const streams = await many(150, () => openStream(target));
      const answer = await sendBytes(target, requestText(target, { path: '/healthz' }));
      for (const { socket } of streams) socket.destroy();
      return `${streams.map(({ status }) => `HTTP/1.1 ${status}`).join('\n')}\n${answer}`;
    },
    judge: (answers) => {
      const open = statusesIn(answers).filter((status) => status === 200).length;
      return open === 101 ? null : `${open - 1} streams were open, or the console was not healthy`;
    },
  },
  {
    kind: 'floods',
    name: '1,000 event streams that come and go',
    on: 'open',
    send: async (target) => {
      for (let round = 0; round < 20; round += 1) {
        for (const { socket } of await many(50, () => openStream(target))) socket.destroy();
      }
      const { socket, status } = await openStream(target);
      socket.destroy();
      return `HTTP/1.1 ${status}`;
    },
    judge: (answers) => (statusesIn(answers)[0] === 200 ? null : 'the streams were not forgotten'),
  },
  {
    kind: 'floods',
    name: '2,000 requests at once',
    on: 'open',
    send: async (target) => {
      const answers: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        answers.push(...(await many(100, () => sendBytes(target, requestText(target, { path: '/api/stats' })))));
      }
      return answers.map((answer) => answer.slice(0, 20)).join('\n');
    },
  },
  {
    kind: 'floods',
    name: '2,000 connections that say nothing and go',
    on: 'open',
    send: async (target) => {
      for (let round = 0; round < 20; round += 1) {
        for (const socket of await many(100, () => connected(target))) socket.destroy();
      }
      return '';
    },
  },
  {
    kind: 'floods',
    name: '500 requests that are cut off',
    on: 'open',
    send: async (target) => {
      await many(100, async () => {
        for (let count = 0; count < 5; count += 1) {
          const socket = await connected(target);
          socket.write(
            requestText(target, {
              method: 'POST',
              path: PAUSE,
              headers: ['Content-Type: application/json', 'Content-Length: 1000'],
              body: '{"note":"',
            }),
          );
          socket.destroy();
        }
      });
      return '';
    },
  },
  {
    kind: 'floods',
    name: '500 changes from another site',
    on: 'open',
    send: async (target) => {
      const bytes = requestText(target, { method: 'POST', path: TRIGGER, headers: ['Origin: http://evil.example'] });
      return (await many(500, () => sendBytes(target, bytes))).map((answer) => answer.slice(0, 20)).join('\n');
    },
  },
  {
    kind: 'slow clients',
    name: 'headers that never end',
    on: 'open',
    isSlow: true,
    send: (target) => drip(target, `GET /api/overview HTTP/1.1\r\nHost: ${target.host}\r\n`, 'X: y\r\n', 20_000),
    judge: mustEnd,
  },
  {
    kind: 'slow clients',
    name: 'a body that never ends',
    on: 'open',
    isSlow: true,
    send: (target) => {
      const head = requestText(target, {
        method: 'POST',
        path: PAUSE,
        headers: ['Content-Type: application/json', 'Content-Length: 60000'],
        body: '{"note":"',
      });
      return drip(target, head, 'x', 45_000);
    },
    judge: mustEnd,
  },
  {
    kind: 'slow clients',
    name: '300 connections that say nothing and stay',
    on: 'open',
    isSlow: true,
    send: async (target) => {
      const sockets = await many(300, () => connected(target));
      await Promise.all(sockets.map((socket) => endOf(socket, 20_000)));
      return sockets.some((socket) => socket.errored)
        ? ''
        : sendBytes(target, requestText(target, { path: '/healthz' }));
    },
    judge: (answers) => (answers.includes('isAlive') || answers === '' ? null : 'there was no room afterwards'),
  },
  {
    kind: 'slow clients',
    name: 'answers that nobody reads',
    on: 'open',
    isSlow: true,
    send: async (target) => {
      const sockets = await many(50, () => connected(target));
      const bytes = requestText(target, { path: '/api/openapi.json', headers: ['Connection: keep-alive'] });
      for (const socket of sockets) {
        socket.pause();
        socket.write(bytes.repeat(100));
      }
      await wait(3_000);
      const answer = await sendBytes(target, requestText(target, { path: '/healthz' }));
      for (const socket of sockets) socket.destroy();
      return answer;
    },
    judge: (answers) => (answers.includes('isAlive') ? null : 'the others had to wait'),
  },
];
