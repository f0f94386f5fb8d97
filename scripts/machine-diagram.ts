/** Draws the schedule machine as a Mermaid state diagram. `--write` puts it into docs/schedule-machine.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { toDirectedGraph } from 'xstate/graph';
import { scheduleMachine } from '../src/machines/schedule-machine.ts';

type Graph = ReturnType<typeof toDirectedGraph>;

const PAGE = new URL('../docs/schedule-machine.md', import.meta.url);

const INTRODUCTION = `# The life of a schedule

This is the state machine that decides about one schedule: what may happen next, and what an event leads to. Read it
when you wonder whether something can happen in a certain state, for example what a pause does to a run that waits for a
thread. The [glossary](glossary.md) explains the words, and [Design](design.md) shows who sends the events.

An arrow is labelled with its event and, in brackets, with its guard. Events that change nothing are not drawn. The page
is generated from \`src/machines/schedule-machine.ts\` by \`npm run docs:diagram\`, and a test keeps it up to date.
`;

/** The whole page. */
export function machineDiagramPage(): string {
  const root = toDirectedGraph(scheduleMachine);
  const lines = ['stateDiagram-v2', ...states(root, '  '), ...transitions(root)];
  return `${INTRODUCTION}\n\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n`;
}

function states(graph: Graph, indent: string): string[] {
  const initial = graph.stateNode.initial?.target[0];
  const lines = initial === undefined ? [] : [`${indent}[*] --> ${shortName(initial.id)}`];
  for (const child of graph.children) {
    if (child.children.length === 0) continue;
    lines.push(`${indent}state ${shortName(child.id)} {`, ...states(child, `${indent}  `), `${indent}}`);
  }
  return lines;
}

function transitions(graph: Graph): string[] {
  const onEvents = graph.edges.filter((edge) => edge.source.id !== edge.target.id);
  return [
    ...onEvents.map((edge) => arrow(edge.source.id, edge.target.id, edge.transition)),
    ...(graph.stateNode.always ?? []).map((transition) =>
      arrow(graph.id, transition.target?.[0]?.id ?? graph.id, transition),
    ),
    ...graph.children.flatMap(transitions),
  ];
}

function arrow(
  sourceId: string,
  targetId: string,
  { eventType, guard }: { eventType: string; guard?: unknown },
): string {
  const condition = guard === undefined ? '' : ` [${typeof guard === 'string' ? guard : 'guarded'}]`;
  return `  ${shortName(sourceId)} --> ${shortName(targetId)}: ${eventType || 'always'}${condition}`;
}

function shortName(id: string): string {
  return id.split('.').at(-1) as string;
}

if (process.argv.includes('--write')) {
  await writeFile(PAGE, machineDiagramPage());
} else if (process.argv[1] === import.meta.filename) {
  const current = await readFile(PAGE, 'utf8').catch(() => '');
  if (current !== machineDiagramPage()) {
    console.error('docs/schedule-machine.md is out of date: run npm run docs:diagram');
    process.exitCode = 1;
  }
}
