/** What was measured, as a table and in words. The words say so when Escapement lost. */
import { ACTS, type ActKey } from '../acts.ts';
import type { LoadFigures } from '../measuring/load.ts';
import type { StartFigures } from '../measuring/start-journal.ts';
import type { UsageFigures } from '../measuring/usage.ts';
import { duration, measured } from './numbers.ts';
import { table } from './pieces.ts';

/** Of node-cron, and of Escapement. */
export type Both<T> = readonly [theirs: T, ours: T];

export interface Figures {
  /** While no key was pressed. */
  readonly undisturbed: Both<StartFigures>;
  /** What fell due while the consequences of a key lasted. */
  readonly acts: readonly { readonly key: ActKey; readonly starts: Both<StartFigures> }[];
  /** While no key was pressed. */
  readonly requests: Both<LoadFigures>;
  readonly allRequests: Both<LoadFigures>;
  /** While no key was pressed. */
  readonly usage: Both<UsageFigures>;
  /** How many threads wanted a core during the last minute, for each core of the machine. */
  readonly crowding: number;
}

/** Differences below this factor say nothing in so short a time. */
const ALIKE = 1.25;
/** From here on, other programs of the machine falsify what is measured. */
const CROWDED = 1.5;

/** Three tables with the same columns: how late jobs started, how the servers answered, and what both lanes cost. */
export function figuresTable({ undisturbed, acts, requests, allRequests, usage }: Figures): string[] {
  const head = (name: string, ...columns: readonly string[]): string[] => [name, ...columns, ...columns];
  const row = <T>(name: string, [theirs, ours]: Both<T>, cells: (lane: T) => string[]): string[] => [
    name,
    ...cells(theirs),
    ...cells(ours),
  ];
  return table([
    ['', 'node-cron', '', '', 'Escapement', '', ''],
    head('start lateness', 'started', 'p50', 'worst'),
    row('  undisturbed', undisturbed, startCells),
    ...acts.map(({ key, starts }) => row(`  ${ACTS[key].short}`, starts, startCells)),
    head('requests', 'p50', 'p99', 'failed'),
    row('  undisturbed', requests, requestCells),
    row('  all', allRequests, requestCells),
    head('cost', '', 'cores', 'memory'),
    row('  undisturbed', usage, ({ cores, residentMb }) => ['', coresText(cores), memoryText(residentMb)]),
  ]);
}

function startCells({ due, started, p50Ms, worstMs }: StartFigures): string[] {
  return due === 0 ? ['–', '–', '–'] : [`${started}/${due}`, measured(p50Ms), measured(worstMs)];
}

function requestCells({ p50Ms, p99Ms, failed }: LoadFigures): string[] {
  return [measured(p50Ms), measured(p99Ms), String(failed)];
}

/** A sentence or two for each thing that was compared. */
export function verdict(figures: Figures): string[] {
  return [
    latenessText(figures.undisturbed),
    ...figures.acts.map(({ key, starts }) => actText(ACTS[key].short, starts)),
    answersText(figures.requests),
    costText(figures.usage),
    ...(figures.crowding < CROWDED
      ? []
      : ['Other programs kept this machine busy, so neither lane could do its best.']),
  ];
}

function latenessText([theirs, ours]: Both<StartFigures>): string {
  if (theirs.p99Ms === null || ours.p99Ms === null) return 'Nothing was due while nobody disturbed the servers.';
  const within = (ms: number): string => (Number.isFinite(ms) ? `99 of 100 within ${duration(ms)}` : 'some never');
  const figures = `${within(ours.p99Ms)}; with node-cron ${within(theirs.p99Ms)}`;
  const medians = `half of them: ${measured(ours.p50Ms)} and ${measured(theirs.p50Ms)}`;
  switch (compared(ours.p99Ms, theirs.p99Ms)) {
    case 'less':
      return `Undisturbed, Escapement started its jobs closer to their time: ${figures} (${medians}).`;
    case 'more':
      return `Undisturbed, Escapement lost: its jobs started later: ${figures} (${medians}).`;
    case 'alike':
      return `Undisturbed, both were about equally punctual: ${figures} (${medians}).`;
  }
}

function actText(what: string, [theirs, ours]: Both<StartFigures>): string {
  const subject = `${what[0]?.toUpperCase()}${what.slice(1)}:`;
  const ourText = `Escapement started ${ours.started} of ${ours.due}, the worst ${measured(ours.worstStartedMs)} late`;
  const theirText = `node-cron ${theirs.started} of ${theirs.due}`;
  if (ours.started === theirs.started) {
    const lost =
      compared(ours.worstStartedMs ?? 0, theirs.worstStartedMs ?? 0) === 'more' ? ' Escapement lost here.' : '';
    return `${subject} ${ourText}; ${theirText}, ${measured(theirs.worstStartedMs)} late.${lost}`;
  }
  return `${subject} ${ourText}; ${theirText}.${ours.started < theirs.started ? ' Escapement lost here.' : ''}`;
}

function answersText([theirs, ours]: Both<LoadFigures>): string {
  if (theirs.p99Ms === null || ours.p99Ms === null)
    return 'No request was answered while nobody disturbed the servers.';
  const figures = `99 of 100 within ${duration(ours.p99Ms)}, with node-cron ${duration(theirs.p99Ms)}`;
  switch (compared(ours.p99Ms, theirs.p99Ms)) {
    case 'less':
      return `The server with Escapement answered faster, since no job ran in between: ${figures}.`;
    case 'more':
      return `Escapement lost: its server answered more slowly, ${figures}.`;
    case 'alike':
      return `Both servers answered about equally fast: ${figures}.`;
  }
}

function costText([theirs, ours]: Both<UsageFigures>): string {
  const text = ({ cores, residentMb }: UsageFigures): string =>
    `${coresText(cores)} cores and ${memoryText(residentMb)}`;
  return `The price: the server with Escapement used ${text(ours)}, the one with node-cron ${text(theirs)}.`;
}

function coresText(cores: number | null): string {
  return cores?.toFixed(2) ?? '–';
}

function memoryText(mebibytes: number): string {
  return `${Math.round(mebibytes)} MiB`;
}

function compared(ours: number, theirs: number): 'less' | 'more' | 'alike' {
  if (ours * ALIKE < theirs) return 'less';
  return theirs * ALIKE < ours ? 'more' : 'alike';
}
