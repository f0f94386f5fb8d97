import type { ClusterNode, SchedulerStats } from '../../../../supervisor/scheduler-reports.ts';
import { Failed, Loading } from '../../parts/empty.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Facts, Panel, Reading } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { runAddress, scheduleAddress } from '../../state/route.ts';
import { duration } from '../../words/durations.ts';
import { counted, whole } from '../../words/numbers.ts';
import { NextTurns } from './next-turns.tsx';

const EVERY_MS = 3_000;

/** The nodes, how their clocks differ, and who runs what. */
export function ClusterPage() {
  const { data, error, refresh } = useAnswer<SchedulerStats>('stats', EVERY_MS);
  useEvents(['run', 'run-start'], refresh, refresh);
  return (
    <>
      <div class="page-head">
        <h1>Cluster</h1>
        <span class="quiet">{data !== null && counted(data.cluster.nodes.length, 'node')}</span>
      </div>
      {data === null && (error === null ? <Loading rows={4} /> : <Failed error={error} retry={refresh} />)}
      {data !== null && <Content stats={data} />}
    </>
  );
}

function Content({ stats: { cluster, locks, store } }: { readonly stats: SchedulerStats }) {
  const { nodes, clockSkewMs, clockErrorMs } = cluster;
  return (
    <>
      <dl class="readings">
        <Reading name="Alive" value={whole(nodes.filter(({ state }) => state === 'alive').length)} />
        <Reading
          name="Clock ahead of the backend"
          value={clockSkewMs === null ? '–' : duration(clockSkewMs)}
          note={
            clockErrorMs === null
              ? 'Not measured: nodes that share a store or locks do.'
              : `give or take ${duration(clockErrorMs)}`
          }
        />
        <Reading
          name="Locks"
          value={locks.name ?? 'none'}
          note={`${whole(locks.held)} held, ${counted(locks.errors, 'error')}`}
        />
        <Reading
          name="Store"
          value={store.name}
          note={`${counted(store.errors, 'error')}, ${counted(store.conflicts, 'conflict')}`}
        />
      </dl>
      <div class="cards">
        {nodes.map((node) => (
          <NodeCard key={node.nodeId} node={node} />
        ))}
      </div>
      {nodes.length < 2 ? (
        <p class="quiet below">
          This node is alone. Nodes that share a store or a lock backend find each other here, and take turns with the
          occurrences.
        </p>
      ) : (
        <NextTurns nodes={nodes} />
      )}
    </>
  );
}

const NODE_TONES = { alive: 'good', draining: 'warn', gone: 'bad' } as const;

function NodeCard({
  node: { nodeId, isThisNode, state, capacity, clockSkewMs, runs },
}: {
  readonly node: ClusterNode;
}) {
  return (
    <Panel
      title={nodeId}
      kind="node-card"
      aside={<span class={`state ${NODE_TONES[state]}`}>{isThisNode ? `${state}, this node` : state}</span>}
    >
      <Facts
        facts={[
          ['Takes at a time', capacity === null ? 'it has not said' : counted(capacity, 'run')],
          ['Clock ahead', clockSkewMs !== null && duration(clockSkewMs)],
        ]}
      />
      {runs === null && <p class="quiet">Only a shared store knows the runs of other nodes.</p>}
      {runs?.length === 0 && <p class="quiet">It runs nothing now.</p>}
      {runs !== null && runs.length > 0 && (
        <ul class="node-runs">
          {runs.map(({ runId, key, scheduledAtMs }) => (
            <li key={runId}>
              <a class="mono" href={scheduleAddress(key)} data-entry={true}>
                {key}
              </a>
              <a href={runAddress(runId)}>
                <Instant ms={scheduledAtMs} />
              </a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
