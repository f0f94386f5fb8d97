/**
 * Lists the documents for those who do not click through them: `docs/public/llms.txt` for language models, and
 * `docs/decisions/README.md`. `--write` writes both; without it, says whether they are up to date.
 */
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { GROUPS, HOME } from '../docs/.vitepress/pages.ts';
import { DOCS, firstSentence, readPage, titleOf } from '../docs/.vitepress/texts.ts';

const LIST = new URL('public/llms.txt', DOCS);
const DECISIONS = new URL('decisions/README.md', DOCS);
/** Where a page can be read as it is written, without a browser. */
const RAW = `${HOME.replace('github.com', 'raw.githubusercontent.com')}/main/docs`;

/** `llms.txt`, in the form that https://llmstxt.org describes. */
export function languageModelList(): string {
  const groups = GROUPS.map(({ title, pages }) => {
    const entries = pages.map(({ path }) => {
      const page = readPage(path);
      return `- [${titleOf(page)}](${RAW}/${path}.md): ${firstSentence(page)}`;
    });
    return `## ${title}\n\n${entries.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${groups.join('\n')}`;
}

const INTRODUCTION = `# Escapement

> A job scheduler that is embedded in a Node.js server. Its clock has a thread of its own, and jobs, which are called
> plugins, run on a pool of threads: they start on time however busy the main thread is, and each run has a budget.

- Install: \`npm install escapement\`. It needs Node 22.18 or later, which runs TypeScript files directly.
- A plugin is the default export of a module: \`definePlugin({ name, schedules: () => [{ id, cron }], run(ctx) {} })\`.
  A scheduler names modules, not functions: \`await createScheduler({ plugins: ['./plugins/report.ts'], baseUrl:
  import.meta.url })\`, then \`await scheduler.start()\`, and \`await scheduler.stop()\` at the end.
- The default time zone is UTC. The default store is in memory: with \`sqliteStore({ path })\` state outlives the process.
- A key is \`plugin/schedule\`, or \`plugin@tenant:site/schedule\`.
- Each page below is Markdown. \`llms-full.txt\` beside this file has all of them in one.
`;

/** The decisions, oldest first. */
export function decisionsPage(): string {
  const names = readdirSync(new URL('decisions/', DOCS)).filter((name) => /^\d{4}-.+\.md$/.test(name));
  const entries = names.toSorted().map((name) => {
    const [, number = '', title = ''] =
      /^(\d+)\. (.+)$/.exec(titleOf(readPage(`decisions/${name.slice(0, -'.md'.length)}`))) ?? [];
    return `${number}. [${title}](${name})`;
  });
  return `${DECISIONS_INTRODUCTION}\n${entries.join('\n')}\n`;
}

const DECISIONS_INTRODUCTION = `# Decisions

Each of these records one choice that a reader of the code might want to undo: what the question was, what was decided, and
why. [Design](../design.md) shows how the whole fits together. This list is made by \`npm run docs:index\`.
`;

/** The files that are kept in the repository, as they should be. Decisions first: the list of pages reads their page. */
const GENERATED = [
  [DECISIONS, decisionsPage],
  [LIST, languageModelList],
] as const;

if (process.argv.includes('--write')) {
  for (const [file, content] of GENERATED) await writeFile(file, content());
} else if (process.argv[1] === import.meta.filename) {
  for (const [file, content] of GENERATED) {
    if ((await readFile(file, 'utf8').catch(() => '')) === content()) continue;
    console.error(`${file.pathname} is out of date: run npm run docs:index`);
    process.exitCode = 1;
  }
}
