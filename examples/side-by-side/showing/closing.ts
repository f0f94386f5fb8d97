import { join, relative } from 'node:path';
import type { Demonstration } from '../demonstration.ts';
import { STATE_FILE } from '../folder.ts';
import { SECOND_MS } from '../measuring/start-journal.ts';
import { type Line, wrapped } from './pieces.ts';
import { figuresTable, verdict } from './verdict.ts';
import { lanesLines } from './view.ts';

const INDENT = 2;
/** Sentences on a wide terminal are easier to read when they do not use all of it. */
const MAX_COLUMNS = 100;

/** The last word: what was measured, what it means, and how to go on. */
export function closingLines(demonstration: Demonstration, columns: number, nowMs: number): Line[] {
  const figures = demonstration.figures();
  const seconds = Math.max(Math.round((nowMs - demonstration.sinceMs) / SECOND_MS), 0);
  const sentences = verdict(figures).flatMap((text) => wrapped(`- ${text}`, Math.min(columns, MAX_COLUMNS), INDENT));
  return [
    ...lanesLines(demonstration, columns, nowMs),
    [],
    ...figuresTable(figures).map(plain),
    [],
    bold(`The verdict after ${seconds} s`),
    ...sentences.map(plain),
    [],
    bold('Go on with'),
    ...commands(demonstration.folder, nowMs).map((text): Line => [{ text: `  ${text}`, style: 'cyan' }]),
  ];
}

/** Three commands that work: two about what has just been recorded, and one for a project of one's own. */
function commands(folder: string, nowMs: number): string[] {
  const path = relative(process.cwd(), join(folder, STATE_FILE));
  const store = `  --store ${/[^\w./\\:-]/.test(path) ? JSON.stringify(path) : path}`;
  const report = new Date(nowMs - 2 * SECOND_MS).toISOString().replace(/\.\d+/, '');
  return [
    'npx node src/cli/main.ts history --limit 20 \\',
    store,
    `npx node src/cli/main.ts explain jobs/report ${report} \\`,
    store,
    'npm install escapement && npx escapement init',
  ];
}

function plain(text: string): Line {
  return [{ text }];
}

function bold(text: string): Line {
  return [{ text, style: 'bold' }];
}
