/**
 * Real processes whose wall clocks are set, by seconds and by decades, while they run and between two lives, on SQLite,
 * a Postgres store and Redis locks: `npm run campaign:clocks -- [--only 1970] [--backend sqlite] [--jobs 6]`. It needs
 * libfaketime.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKENDS, type BackendName, type StartedServer, startServer } from './clocks/backends.ts';
import { faketimeLibrary } from './clocks/fake-clock.ts';
import { judge } from './clocks/judge.ts';
import { play } from './clocks/play.ts';
import { type Story, stories } from './clocks/stories.ts';
import { HEADING, type Judged, rowOf } from './clocks/table.ts';
import { wrapped } from './text/wrapped.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    backend: { type: 'string' },
    jobs: { type: 'string', default: '6' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

interface Act {
  readonly number: number;
  readonly story: Story;
  readonly server: StartedServer;
}

if (faketimeLibrary() === null) {
  console.log('SKIPPED: nothing was tried, because libfaketime is not on this machine: apt-get install libfaketime.');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-clocks-'));
  const servers = await startServers();
  try {
    process.exitCode = (await playAll(servers, folder)) === 0 ? 0 : 1;
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startServers(): Promise<StartedServer[]> {
  const names = values.backend === undefined ? BACKENDS : [values.backend as BackendName];
  const servers: StartedServer[] = [];
  for (const name of names) {
    const server = await startServer(name);
    if (server === null) console.log(`SKIPPED: the stories on ${name}, because its server is not on this machine.`);
    else servers.push(server);
  }
  return servers;
}

/** Resolves to the number of stories that did not go as documented. */
async function playAll(servers: readonly StartedServer[], folder: string): Promise<number> {
  const startedAtMs = performance.now();
  const chosen = stories(Date.now()).filter(({ name, when }) => `${name} ${when}`.includes(values.only));
  const acts = chosen.flatMap((story) => servers.map((server) => ({ story, server })));
  // Long stories first, so that no lane is left with one at the end.
  const waiting: Act[] = acts
    .toSorted((a, b) => a.story.skewsS.length - b.story.skewsS.length)
    .map((act, number) => ({ ...act, number }));
  console.log(HEADING);
  const failed: Act[] = [];
  const lane = async (): Promise<void> => {
    for (let act = waiting.pop(); act !== undefined; act = waiting.pop()) {
      const judged = await playOne(act, folder);
      if (judged.problems.length > 0) failed.push(act);
      else console.log(rowOf(judged));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  // A busy machine delays starts, so what failed beside others gets a second chance alone.
  let wrong = 0;
  for (const [index, act] of failed.entries()) {
    const judged = await playOne({ ...act, number: acts.length + index }, folder);
    wrong += Number(judged.problems.length > 0);
    console.log(rowOf(judged));
    for (const problem of judged.problems) console.log(wrapped(`PROBLEM ${problem}`, '  ').join('\n'));
  }
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  console.log(`${acts.length} stories in ${seconds} s, ${wrong} not as documented`);
  return wrong;
}

async function playOne({ story, server, number }: Act, folder: string): Promise<Judged> {
  const own = mkdtempSync(join(folder, `story-${number}-`));
  const played = await play(story, server.forStory(number, own), own);
  return { played, problems: judge(played) };
}
