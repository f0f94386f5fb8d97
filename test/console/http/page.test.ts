import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PageAnswers } from '../../../src/console/http/page/page-answer.ts';
import { secured } from '../../../src/console/http/page/security-headers.ts';
import { readPageFiles } from '../../../src/console/page-files.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const SCRIPT = `console.log(${'1 + '.repeat(1_000)}1);`;

function pageFolder(): string {
  const folder = join(temporaryFolder(), 'page');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html><head lang="en"><title>x</title></head></html>');
  writeFileSync(join(folder, 'assets', 'page-BxW3kd9a.js'), SCRIPT);
  writeFileSync(join(folder, 'page.css'), 'body {}');
  writeFileSync(join(folder, 'notes.exe'), 'not of the page');
  writeFileSync(join(folder, '..', 'secret.js'), 'secret');
  symlinkSync(join(folder, '..', 'secret.js'), join(folder, 'link.js'));
  return folder;
}

async function answersOf(
  basePath = '',
): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const files = await readPageFiles(pageFolder());
  const page = new PageAnswers(async () => files, basePath);
  return async (path, headers = {}) => secured(await page.answer(new Request('http://x/', { headers }), path));
}

describe('the page', () => {
  test('names its mount path as the base of all its addresses', async () => {
    const answer = await answersOf('/admin/jobs');
    for (const view of ['', 'schedules', 'runs/1234']) {
      const page = await answer(view);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await page.text()).toContain('<head lang="en">\n    <base href="/admin/jobs/">');
    }
  });

  test('lets a browser load nothing but its own files', async () => {
    const answer = await answersOf();
    const { headers } = await answer('');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'")).toBe(true);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is sent compressed to those who take it, and plain to others', async () => {
    const answer = await answersOf();
    const path = 'assets/page-BxW3kd9a.js';
    const brotli = await answer(path, { 'accept-encoding': 'gzip, deflate, br' });
    expect(brotli.headers.get('content-encoding')).toBe('br');
    expect(brotliDecompressSync(await brotli.bytes()).toString()).toBe(SCRIPT);
    const gzip = await answer(path, { 'accept-encoding': 'gzip, br;q=0' });
    expect(gzip.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await gzip.bytes()).toString()).toBe(SCRIPT);
    const plain = await answer(path);
    expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([null, 'accept-encoding']);
    expect(await plain.text()).toBe(SCRIPT);
  });

  test('is sent as the build has compressed it', async () => {
    const folder = pageFolder();
    const path = join(folder, 'assets', 'page-BxW3kd9a.js');
    writeFileSync(`${path}.br`, brotliCompressSync(`${SCRIPT}//built`));
    writeFileSync(`${path}.gz`, gzipSync(`${SCRIPT}//built`));
    const files = await readPageFiles(folder);
    expect([...(files?.keys() ?? [])].toSorted()).toEqual(['assets/page-BxW3kd9a.js', 'index.html', 'page.css']);
    const page = new PageAnswers(async () => files, '');
    const headers = { 'accept-encoding': 'br' };
    const answer = await page.answer(new Request('http://x/', { headers }), 'assets/page-BxW3kd9a.js');
    expect(brotliDecompressSync(await answer.bytes()).toString()).toBe(`${SCRIPT}//built`);
  });

  test('is kept for ever under a name with a hash, and asked for again under any other', async () => {
    const answer = await answersOf();
    const hashed = await answer('assets/page-BxW3kd9a.js');
    expect(hashed.headers.get('cache-control')).toContain('immutable');
    expect((await answer('page.css')).headers.get('cache-control')).toBe('no-cache');
    const index = await answer('');
    expect(index.headers.get('cache-control')).toBe('no-cache');
    const etag = index.headers.get('etag') ?? '';
    const known = await answer('', { 'if-none-match': `"other", W/${etag}` });
    expect([known.status, await known.text()]).toEqual([304, '']);
    // A browser puts these in place of the headers that it kept, and the policy goes by the type.
    expect(known.headers.get('content-type')).toBe(index.headers.get('content-type'));
  });

  test.each(['../secret.js', 'link.js', 'notes.exe', 'assets/../page.css', '%2e%2e/secret.js', 'assets', 'none.js'])(
    'there is no file %s',
    async (path) => {
      const answer = await answersOf();
      const outcome = await answer(path).then(
        async (response) => (await response.text()).includes('<base'),
        (error: { readonly status: number }) => error.status === 404,
      );
      expect(outcome).toBe(true);
    },
  );

  test('that was not built says how to build it', async () => {
    const page = new PageAnswers(() => readPageFiles(join(temporaryFolder(), 'none')), '/jobs');
    const answer = await page.answer(new Request('http://x/jobs'), '');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/node scripts\/build-page\.ts\n.*\/jobs\/api\/openapi\.json/);
  });
});
