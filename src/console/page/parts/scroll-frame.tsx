import type { ComponentChildren, RefObject } from 'preact';

interface ScrollFrameProps {
  readonly label: string;
  readonly kind: string;
  readonly frame?: RefObject<HTMLElement | null>;
  readonly onScroll?: (frame: HTMLElement) => void;
  readonly children: ComponentChildren;
}

/** What may be wider or higher than its place, and is then scrolled, also by keys. */
export function ScrollFrame({ label, kind, frame, onScroll, children }: ScrollFrameProps) {
  return (
    <section
      {...(frame !== undefined && { ref: frame })}
      class={kind}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or keys cannot scroll it.
      tabIndex={0}
      onScroll={({ currentTarget }) => onScroll?.(currentTarget)}
    >
      {children}
    </section>
  );
}

/** A table that may be wider than its place. */
export function TableFrame({ label, children }: Pick<ScrollFrameProps, 'label' | 'children'>) {
  return (
    <ScrollFrame label={label} kind="table-frame">
      {children}
    </ScrollFrame>
  );
}
