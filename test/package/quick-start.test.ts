import { describe, expect, test } from 'vitest';
import { extractQuickStart } from '../../scripts/quick-start.ts';

const MARKER = '<!-- quick-start-prints: /^Hello/i -->';
const PLUGIN = '```ts\n// plugins/hello.ts\nexport default {};\n```';
const MAIN = '```ts\nimport "escapement";\n```';
const readme = (...parts: string[]) =>
  ['# Title', '## Quick start', ...parts, '## After', '```ts\nlater();\n```'].join('\n\n');

describe('the quick start of a README', () => {
  test('is the first unnamed block, its plugins, and the line that it prints', () => {
    const { main, files, prints } = extractQuickStart(readme(PLUGIN, MAIN, MARKER));
    expect(main).toBe('main.ts');
    expect([...files]).toEqual([
      ['main.ts', 'import "escapement";\n'],
      ['plugins/hello.ts', '// plugins/hello.ts\nexport default {};\n'],
    ]);
    expect(prints).toEqual(/^Hello/i);
  });

  test('may name its program', () => {
    const named = '```ts\n// start.ts\nimport "escapement";\n```';
    expect(extractQuickStart(readme(named, PLUGIN, MARKER)).main).toBe('start.ts');
  });

  test.each([
    ['the heading', '# Title\n', /no heading "## Quick start"/],
    ['the program', readme(PLUGIN, MARKER), /no ```ts block that is the program/],
    ['the plugin', readme(MAIN, MARKER), /has no plugin/],
    ['the marker', readme(MAIN, PLUGIN), /does not say what it prints/],
  ])('is refused without %s', (_part, text, message) => {
    expect(() => extractQuickStart(text)).toThrow(message);
  });
});
