import type { ComponentChildren } from 'preact';

interface PanelProps {
  readonly title: string;
  /** What stands at the end of the title's line. */
  readonly aside?: ComponentChildren;
  readonly kind?: string;
  readonly children: ComponentChildren;
}

/** A part of a page under a heading. */
export function Panel({ title, aside, kind = '', children }: PanelProps) {
  return (
    <section class={`panel ${kind}`}>
      <div class="panel-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

type Fact = readonly [name: string, value: ComponentChildren];

/** Names and their values, aligned. Those without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A number that matters, over its name. */
export function Reading({
  name,
  value,
  note,
  tone = '',
}: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly tone?: string;
}) {
  return (
    <div class={`reading ${tone}`}>
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}
