/** The text of hostile modules. The builtins that they use are imported, so that a scenario is only what it does. */

const PRELUDE = `
import asyncHooks from 'node:async_hooks';
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dns from 'node:dns';
import events from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import timers from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import worker from 'node:worker_threads';
import zlib from 'node:zlib';
const { parentPort, threadId, workerData } = worker;
const kept = [];
// Where a child process writes to its pool: its length, then the message.
const frameOf = (body) => { const size = Buffer.alloc(4); size.writeUInt32LE(body.length); return [size, body]; };
const toPool = (message) => { for (const part of frameOf(v8.serialize(message))) fs.writeSync(4, part); };
const post = (message, list) => (parentPort === null ? toPool(message) : parentPort.postMessage(message, list));
`;

/** A plugin whose run is this text. Its one schedule, `hostile/h`, is disabled, so that only the host starts it. */
export function runs(body: string, schedule: Readonly<Record<string, unknown>> = {}): string {
  const declared = JSON.stringify({ id: 'h', cron: '1d', enabled: false, ...schedule });
  return `${PRELUDE}
export default {
  name: 'hostile',
  schedules: () => [${declared}],
  async run(ctx) {
    ${body}
  },
};
`;
}

/** A plugin whose `schedules()` is this text, and whose run does nothing. */
export function declares(body: string): string {
  return `${PRELUDE}
export default { name: 'hostile', schedules() { ${body} }, run() {} };
`;
}

/** A module with the same imports, and whatever else. */
export function moduleOf(text: string): string {
  return `${PRELUDE}\n${text}\n`;
}

/** A harmless plugin, to follow text that is hostile when the module is imported. */
export const HARMLESS =
  "export default { name: 'hostile', schedules: () => [{ id: 'h', cron: '1d', enabled: false }], run() {} };";
