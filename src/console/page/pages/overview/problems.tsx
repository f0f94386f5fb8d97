import { MAX_PROBLEMS, problemCountText } from '../../../../machines/operating/schedule-lists.ts';
import type { Problem } from '../../../../supervisor/operator-reports.ts';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { scheduleAddress, type Tab, tabAddress } from '../../state/route.ts';

interface ProblemsProps {
  readonly problems: readonly Problem[];
  readonly isDraining: boolean;
}

const SHOWN = 6;

const KIND_WORDS: Readonly<Record<Problem['kind'], string>> = {
  quarantined: 'Quarantined',
  faulted: 'Faulted',
  failing: 'Failing',
  silent: 'Silent',
  store: 'Store',
  locks: 'Locks',
  'plugin-refused': 'Plugin refused',
  'node-gone': 'Node gone',
};

/** Where to look at what is wrong with no schedule alone. */
const PLACES: Readonly<Partial<Record<Problem['kind'], readonly [tab: Tab, name: string]>>> = {
  store: ['cluster', 'Cluster'],
  locks: ['cluster', 'Cluster'],
  'node-gone': ['cluster', 'Cluster'],
  'plugin-refused': ['plugins', 'Plugins'],
};

/** What is wrong now, the worst first; and when nothing is, that. */
export function Problems({ problems, isDraining }: ProblemsProps) {
  return (
    <section class={problems.length === 0 ? 'problems none' : 'problems'} aria-labelledby="problems-title">
      <h2 id="problems-title">
        <Icon name={problems.length === 0 ? 'fine' : 'alert'} />
        {titleOf(problems.length)}
      </h2>
      {isDraining && <p>This node is draining: it starts nothing any more.</p>}
      {problems.length > 0 && (
        <ul>
          {problems.slice(0, SHOWN).map((problem) => (
            <ProblemLine key={`${problem.kind} ${problem.key ?? problem.text}`} problem={problem} />
          ))}
        </ul>
      )}
      {problems.length > SHOWN && (
        <p>
          <a href="#/schedules?problems=true&sort=problem">
            {problems.length >= MAX_PROBLEMS ? 'All problems' : `All ${problems.length} problems`}
          </a>
        </p>
      )}
    </section>
  );
}

function titleOf(count: number): string {
  if (count === 0) return 'Nothing is wrong';
  if (count === 1) return 'One thing is wrong';
  const text = problemCountText(count, 'thing is', 'things are');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} wrong`;
}

function ProblemLine({ problem: { kind, key, text, sinceMs } }: { readonly problem: Problem }) {
  const [tab, place] = PLACES[kind] ?? ['schedules', 'Schedules'];
  return (
    <li>
      <span class="problem-kind">{KIND_WORDS[kind]}</span>
      <span class="problem-key">
        {key === undefined ? (
          <a href={tabAddress(tab)} data-entry={true}>
            {place}
          </a>
        ) : (
          <a class="mono" href={scheduleAddress(key)} data-entry={true}>
            {key}
          </a>
        )}
      </span>
      <span class="problem-text">{key === undefined ? text : withoutSubject(text, key)}</span>
      {sinceMs !== undefined && <Instant ms={sinceMs} relative={true} />}
    </li>
  );
}

/** What the line has said already, by its kind and its key, is left out of the sentence. */
function withoutSubject(text: string, key: string): string {
  const subject = `Schedule "${key}" `;
  if (!text.startsWith(subject)) return text;
  const rest = text.slice(subject.length).replace(/^is (?:silent|faulted): /, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
