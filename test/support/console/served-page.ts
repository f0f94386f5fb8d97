/** The console's own HTTP app over a source, mounted below a path in a server of the test, with the page just built. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { consoleApp } from '../../../src/console/http/console-app.ts';
import { toNodeHandler } from '../../../src/console/http/node-handler.ts';
import { readPageFiles } from '../../../src/console/page-files.ts';
import type { SchedulerSource } from '../../../src/console/scheduler-source.ts';

export interface ServedPage {
  readonly url: string;
  /** From then on every request gets this status; null: as before. */
  readonly refuseWith: (status: number | null) => void;
  /** Whether visitors are let in. */
  readonly letIn: (isLetIn: boolean) => void;
  readonly close: () => Promise<void>;
}

const MOUNT = '/ops/console';

export async function servePage(
  source: SchedulerSource,
  { pageFolder, isReadOnly }: { readonly pageFolder: string; readonly isReadOnly: boolean },
): Promise<ServedPage> {
  let status: number | null = null;
  let isLetIn = true;
  const app = consoleApp({
    source,
    isReadOnly,
    gate: { admit: async () => (isLetIn ? { name: 'tester', canAct: !isReadOnly } : null) },
    readPage: () => readPageFiles(pageFolder),
    basePath: MOUNT,
  });
  const listener = toNodeHandler((request) => app.answer(request));
  const server = createServer((request, response) => {
    if (status === null) void listener(request, response);
    else response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${MOUNT}/`,
    refuseWith: (next) => {
      status = next;
      if (next !== null) server.closeAllConnections();
    },
    letIn: (next) => {
      isLetIn = next;
    },
    close: async () => {
      app.close();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
