import type { PluginPage } from '../../../../supervisor/operator-reports.ts';
import type { ListQuery } from '../../lists/paged-schedules.ts';
import { STATE_NAMES, stateWord } from '../../parts/state-mark.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath } from '../../server/request.ts';

interface FiltersProps {
  readonly query: ListQuery;
  readonly change: (changes: ListQuery) => void;
}

const SORTS = [
  ['key', 'Name'],
  ['problem', 'Problems first'],
  ['next', 'Next due first'],
  ['last', 'Last run first'],
] as const;

/** Of what is installed, the names are enough. */
const CHOICES = questionPath('plugins', { limit: 1, schedules: 0 });

/** What narrows the list down, and its order. */
export function Filters({ query, change }: FiltersProps) {
  const { data } = useAnswer<PluginPage>(CHOICES);
  return (
    <search class="filters">
      <input
        type="search"
        placeholder="Search keys and descriptions"
        aria-label="Search schedules"
        value={query.search ?? ''}
        onInput={({ currentTarget }) => change({ search: currentTarget.value })}
      />
      <Choice
        name="State"
        value={query.state ?? ''}
        options={STATE_NAMES.map((state) => [state, stateWord(state)])}
        choose={(state) => change({ state })}
      />
      <Choice
        name="Plugin"
        value={query.plugin ?? ''}
        options={choicesOf(data?.names)}
        choose={(plugin) => change({ plugin })}
      />
      <Choice
        name="Tenant"
        value={query.tenant ?? ''}
        options={choicesOf(data?.tenantIds)}
        choose={(tenant) => change({ tenant })}
      />
      <label class="select">
        <span>Order</span>
        <select value={query.sort ?? 'key'} onChange={({ currentTarget }) => change({ sort: currentTarget.value })}>
          {SORTS.map(([sort, word]) => (
            <option key={sort} value={sort}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={query.problems === true}
          onChange={({ currentTarget }) => change({ problems: currentTarget.checked })}
        />
        Only problems
      </label>
    </search>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, word: string])[];
  readonly choose: (value: string) => void;
}

/** A filter that lets everything through unless something is chosen; absent where there is nothing to choose. */
function Choice({ name, value, options, choose }: ChoiceProps) {
  if (options.length === 0 && value === '') return null;
  return (
    <label class="select">
      <span>{name}</span>
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">Any</option>
        {options.map(([option, word]) => (
          <option key={option} value={option}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

function choicesOf(names: readonly string[] = []): [string, string][] {
  return names.toSorted().map((name) => [name, name]);
}
