/** The store thread. It owns the SQLite file, so that no disk makes a tick late. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { StoreOptions } from './protocol.ts';
import { serve } from './serve.ts';
import { StoreService } from './store-service.ts';

const port = parentPort as MessagePort;
serve(port, new StoreService(workerData as StoreOptions, (notice) => port.postMessage(notice)));
