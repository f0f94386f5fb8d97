import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildPage } from '../../../scripts/build-page.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const MAX_BYTES = 150 * 1_024;
/** Names of things that nobody fetches, and licences. */
const NAMES_ONLY = /^http:\/\/www\.w3\.org\//;

describe('the built page', () => {
  test('is small, and its compressed forms are the same files', async () => {
    const folder = temporaryFolder();
    const files = await buildPage(folder);
    expect(files.reduce((sum, { gzipSize }) => sum + gzipSize, 0)).toBeLessThan(MAX_BYTES);
    for (const { name } of files) {
      const plain = readFileSync(join(folder, name));
      expect(gunzipSync(readFileSync(join(folder, `${name}.gz`)))).toEqual(plain);
      expect(brotliDecompressSync(readFileSync(join(folder, `${name}.br`)))).toEqual(plain);
    }
  });

  test('names its files by their content, relative to itself, and no other address', async () => {
    const folder = temporaryFolder();
    await buildPage(folder);
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    const [, script = ''] = /src="\.\/(page-[0-9a-f]{10}\.js)"/.exec(html) ?? [];
    const [, styles = ''] = /href="\.\/(page-[0-9a-f]{10}\.css)"/.exec(html) ?? [];
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['licenses.txt', script, styles]));
    const texts = [html, script, styles].map((name) =>
      name === html ? html : readFileSync(join(folder, name), 'utf8'),
    );
    const addresses = texts.flatMap((text) => text.match(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}\/[^\s'"`)]*/g) ?? []);
    expect(addresses.filter((address) => !NAMES_ONLY.test(address))).toEqual([]);
    expect(texts.join('')).not.toMatch(/\beval\(|new Function\(|dangerouslySetInnerHTML:|\.insertAdjacentHTML/);
    expect(html).not.toContain('style=');
  });

  test('carries the licences of what it contains', async () => {
    const folder = temporaryFolder();
    await buildPage(folder);
    const text = readFileSync(join(folder, 'licenses.txt'), 'utf8');
    expect(text).toMatch(/preact[\s\S]+uplot[\s\S]+cronstrue/);
    expect(text.match(/MIT/g)?.length).toBeGreaterThanOrEqual(3);
  });
});
