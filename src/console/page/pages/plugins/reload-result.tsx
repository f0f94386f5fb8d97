import type { ReloadReport } from '../../../../supervisor/plugin-reports.ts';
import { counted } from '../../words/numbers.ts';

/** What a reload has changed. */
export function ReloadResult({ report: { added, removed, changed, unchanged } }: { readonly report: ReloadReport }) {
  return (
    <div class="callout good" role="status">
      <p>
        <b>Loaded anew.</b> {counted(unchanged.length, 'schedule')} as before
        {added.length + removed.length + changed.length === 0 && ', nothing changed'}.
      </p>
      <dl class="changes">
        {added.map((key) => (
          <Change key={key} sign="+" name={key} />
        ))}
        {removed.map((key) => (
          <Change key={key} sign="−" name={key} />
        ))}
        {changed.map(({ key, why }) => (
          <Change key={key} sign="~" name={key} why={why} />
        ))}
      </dl>
    </div>
  );
}

interface ChangeProps {
  readonly sign: '+' | '−' | '~';
  readonly name: string;
  readonly why?: string;
}

const SIGN_WORDS = { '+': 'Added', '−': 'Removed', '~': 'Changed' } as const;

function Change({ sign, name, why }: ChangeProps) {
  return (
    <div>
      <dt>
        <span aria-hidden="true">{sign}</span>
        <span class="unseen">{SIGN_WORDS[sign]}</span> <span class="mono">{name}</span>
      </dt>
      {why !== undefined && <dd>{why}</dd>}
    </div>
  );
}
