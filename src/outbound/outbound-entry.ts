/** The thread that makes HTTP requests for plugins. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Desk } from './desk.ts';
import type { ToOutbound } from './protocol.ts';

const port = parentPort as MessagePort;
const desk = new Desk((answer) => port.postMessage(answer));
port.on('message', (message: ToOutbound) => desk.receive(message));
