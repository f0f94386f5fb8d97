/** Just enough Markdown to check documents: headings, links, and what is code. */

/** A link's target as written, with the line it is on. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The anchors that a page has, as the usual renderers make them of its headings. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    headings(markdown).map((heading) => {
      const slug = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

export function headings(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = '']) => heading);
}

/** Links and images that lead into the repository: no scheme, no code. */
export function localLinks(markdown: string): Link[] {
  const text = withoutFences(markdown).replace(/`[^`\n]*`/g, '``');
  const found = [...text.matchAll(/\]\(\s*<?([^)\s>]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|href)="([^"]+)"/gm)];
  return found
    .map((match) => ({
      target: match[1] ?? match[2] ?? match[3] ?? '',
      line: text.slice(0, match.index).split('\n').length,
    }))
    .filter(({ target }) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(target));
}

/** What is inside fenced blocks and inline code, one string each. */
export function codeSnippets(markdown: string): string[] {
  const fenced = [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, code = '']) => code.split('\n'));
  const inline = [...withoutFences(markdown).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...fenced, ...inline];
}

/** Fenced blocks emptied, so that line numbers stay. */
function withoutFences(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, (block) => '\n'.repeat(block.split('\n').length - 1));
}
