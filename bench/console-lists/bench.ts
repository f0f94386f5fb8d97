import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import type { ListsFigures, ListsRequest } from './lists-process.ts';

const PROCESS = new URL('./lists-process.ts', import.meta.url);
const SCHEDULES = 100_000;
const VISITORS = 10;

/** A page of schedules in each order and by each filter, and the other answers that grow with what is installed. */
const LISTS: Readonly<Record<string, string>> = {
  'by key': '/api/schedules',
  'by key, last page': `/api/schedules?offset=${SCHEDULES - 100}`,
  next: '/api/schedules?sort=next',
  'next, in the middle': `/api/schedules?sort=next&offset=${SCHEDULES / 2}`,
  last: '/api/schedules?sort=last',
  'last, in the middle': `/api/schedules?sort=last&offset=${SCHEDULES / 2}`,
  problem: '/api/schedules?sort=problem',
  'problem, in the middle': `/api/schedules?sort=problem&offset=${SCHEDULES / 2}`,
  'search, some': '/api/schedules?search=Tenant-33',
  'search, most': '/api/schedules?search=report',
  'search, none': '/api/schedules?search=nothing%20of%20this',
  'search, by next': '/api/schedules?search=7&sort=next',
  state: '/api/schedules?state=idle',
  problems: '/api/schedules?problems=true',
  'a thousand': '/api/schedules?limit=1000&sort=next',
  plugins: '/api/plugins',
};

/** How long lists of a hundred thousand schedules take, and what the clock notices of those who ask for them. */
export const consoleListsBenchmark: Benchmark = {
  name: 'console-lists',
  summary: 'lists of 100,000 schedules in every order and for searches, and ticks while ten ask for them',
  run: async ({ isQuick }) => {
    const request: ListsRequest = {
      schedules: SCHEDULES,
      lists: LISTS,
      times: isQuick ? 20 : 200,
      visitors: VISITORS,
      durationMs: isQuick ? 5_000 : 20_000,
    };
    const figures = await askProcess<ListsFigures>(PROCESS, request);
    const { answerMs, bytes, quietTickMs, askedTickMs } = figures;
    return {
      parameters: { ...request },
      figures,
      tables: [
        {
          title: `lists of ${SCHEDULES} schedules over HTTP: from the request to the last byte`,
          columns: ['list', 'p50 ms', 'p99 ms', 'max ms', 'KiB'],
          rows: Object.entries(answerMs).map(([name, { p50, p99, max }]) => [
            name,
            p50,
            p99,
            max,
            Math.ceil((bytes[name] ?? 0) / 1_024),
          ]),
        },
        {
          title: 'how late ticks were meanwhile',
          columns: ['visitors', 'ticks', 'p50 ms', 'p99 ms', 'max ms'],
          rows: [
            [0, quietTickMs.count, quietTickMs.p50, quietTickMs.p99, quietTickMs.max],
            [VISITORS, askedTickMs.count, askedTickMs.p50, askedTickMs.p99, askedTickMs.max],
          ],
        },
      ],
    };
  },
};
