import { useState } from 'preact/hooks';
import { installationName } from '../../../../machines/run.ts';
import type { PluginSummary } from '../../../../supervisor/operator-reports.ts';
import type { ReloadReport } from '../../../../supervisor/plugin-reports.ts';
import { ReloadButton } from '../../actions/reload-button.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { scheduleAddress } from '../../state/route.ts';
import { limitText } from '../../words/limits.ts';
import { whole } from '../../words/numbers.ts';
import { ReloadResult } from './reload-result.tsx';

interface PluginCardProps {
  readonly plugin: PluginSummary;
  readonly onReloaded: () => void;
}

/** One installation as it is declared. */
export function PluginCard({ plugin, onReloaded }: PluginCardProps) {
  const [report, setReport] = useState<ReloadReport | null>(null);
  const name = installationName(plugin.name, plugin);
  const reloaded = (result: ReloadReport): void => {
    setReport(result);
    onReloaded();
  };
  return (
    <Panel title={name} kind="plugin-card" aside={<ReloadButton name={plugin.name} onReloaded={reloaded} />}>
      {plugin.description !== undefined && <p class="lead">{plugin.description}</p>}
      {plugin.missing.length > 0 && <p class="callout bad">Nothing provides {plugin.missing.join(', ')}.</p>}
      {report !== null && <ReloadResult report={report} />}
      <PluginFacts plugin={plugin} />
      <PluginSchedules plugin={plugin} name={name} />
    </Panel>
  );
}

function PluginFacts({ plugin }: { readonly plugin: PluginSummary }) {
  const { version, module, isolation, priority, provides, requires, permissions, budget, maxConcurrent } = plugin;
  return (
    <Facts
      facts={[
        ['Version', version],
        [
          'Module',
          <span key="module" class="mono small wrap">
            {module}
          </span>,
        ],
        ['Runs in a', isolation],
        ['Priority', priority],
        ['Runs at a time', maxConcurrent],
        ['Wall time', limitText(budget.wallMs, 'ms')],
        ['CPU time', limitText(budget.cpuMs, 'ms')],
        ['Memory', limitText(budget.heapMb, 'MiB')],
        ['Provides', listed(provides)],
        ['Requires', listed(requires)],
        ['May fetch', listed(permissions?.allowedUrls)],
        ['May read', listed(permissions?.allowedPaths)],
        ['May call', listed(permissions?.hostFunctions)],
      ]}
    />
  );
}

function listed(names: readonly string[] | undefined): string | null {
  return names === undefined || names.length === 0 ? null : names.join(', ');
}

interface PluginSchedulesProps {
  readonly plugin: PluginSummary;
  readonly name: string;
}

function PluginSchedules({ plugin: { schedules, scheduleCount }, name }: PluginSchedulesProps) {
  if (scheduleCount === 0) return <p class="quiet">It declares no schedules.</p>;
  return (
    <ul class="plugin-schedules" aria-label={`Schedules of ${name}`}>
      {schedules.map(({ key, id, cron }) => (
        <li key={key}>
          <a class="mono" href={scheduleAddress(key)} data-entry={true}>
            {id}
          </a>
          <code>{cron}</code>
        </li>
      ))}
      {scheduleCount > schedules.length && (
        <li>
          <a href={`#/schedules?search=${encodeURIComponent(`${name}/`)}`}>All {whole(scheduleCount)}</a>
        </li>
      )}
    </ul>
  );
}
