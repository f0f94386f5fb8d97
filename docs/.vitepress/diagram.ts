/** State diagrams in Mermaid's words, as a table: the site loads nothing that could draw them. GitHub draws them. */

interface Transition {
  readonly from: string;
  readonly label: string;
  readonly to: string;
}

/** The transitions of a `stateDiagram-v2`, as Markdown, with the states in the order in which they appear. */
export function transitionTable(diagram: string): string {
  const transitions = [...diagram.matchAll(/^\s*(\w+) --> (\w+): (.+)$/gm)].map(
    ([, from = '', to = '', label = '']): Transition => ({ from, label, to }),
  );
  const rows = [...Map.groupBy(transitions, ({ from }) => from)].flatMap(([from, leaving]) =>
    leaving.map(({ label, to }, index) => `| ${index === 0 ? `**${from}**` : ''} | ${event(label)} | ${to} |`),
  );
  return ['| in the state | this event | leads to |', '| --- | --- | --- |', ...rows].join('\n');
}

function event(label: string): string {
  const [, name = label, guard] = /^(\S+)(?: \[(.+)\])?$/.exec(label) ?? [];
  return guard === undefined ? `\`${name}\`` : `\`${name}\`, if \`${guard}\``;
}
