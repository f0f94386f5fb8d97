/**
 * Stacks as their readers need them: without the frames of Node and of Escapement, which say how a plugin was called
 * and never why it failed.
 */
import { fileOf } from './file-name.ts';

const FRAME = /^\s+at /;
/** `at f (file:///a.ts:1:2)`, `at async f (…)`, `at file:///a.ts:1:2`. The path of a file may have brackets in it. */
const PLACE =
  /^\s+at (?:.*? \()?(?:async )?(?<file>(?:file:|[/\\]|[A-Za-z]:[/\\]).*|[^()\s][^()]*):(?<line>\d+):(?<column>\d+)\)?$/;
/** Where our own files are: the folder `src`, or `dist` in the package. */
const OURS = new URL('../../', import.meta.url).href;
const OTHERS =
  /node:|\/node_modules\/(?:escapement\/(?:src|dist)|piscina)\/|(?:[(,] ?|at )<anonymous>(?:[:)]|$)|\(native\)/;

/** The stack without the frames of Node and of Escapement. What is not a frame stays. */
export function visibleStack(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !FRAME.test(line) || !isInternal(line))
    .join('\n');
}

/** Where the code of others stands that is nearest to the error: `/srv/plugins/report.ts:12:9`; null if none is. */
export function placeIn(stack: string | undefined): string | null {
  const frame = stack?.split('\n').find((line) => FRAME.test(line) && !isInternal(line));
  const { file, line, column } = PLACE.exec(frame ?? '')?.groups ?? {};
  return file === undefined ? null : `${fileOf(file)}:${line}:${column}`;
}

function isInternal(frame: string): boolean {
  return OTHERS.test(frame) || frame.includes(OURS) || frame.includes(fileOf(OURS));
}
