/**
 * The files of the page, read once and kept with their compressed forms. A request only looks names up among them, so
 * no path of a request ever reaches the file system. This file stands one folder below `src`, as scripts/build.ts asks
 * of files that name others by their way from here.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, gzip } from 'node:zlib';

/** From sources, the page that was built last; in the package, the one beside this code. */
const FOLDER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/console/page/' : '../console/page/',
  import.meta.url,
);
const MAX_FILES = 500;
/** Below this, compression saves no packet. */
const MIN_COMPRESSED_BYTES = 1_024;
/** A name with a hash of the content, as `page-1f0c9a7be2.js`: it never means another content. */
const HASHED_NAME = /-(?=[A-Za-z_]*\d)\w{8,}\.\w+$/;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

export type Encoding = 'br' | 'gzip' | 'identity';

export interface PageFile {
  readonly type: string;
  /** A strong validator of the content. */
  readonly etag: string;
  /** Whether its name stands for its content. */
  readonly isImmutable: boolean;
  /** The plain form, and those that are smaller. */
  readonly bodies: Readonly<Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>>;
}

/** The files by their path below the page's folder, as `page-BxW3kd9a.js`. Null if the page was not built. */
export type PageFiles = ReadonlyMap<string, PageFile> | null;

/** Reads them. Rejects if a file cannot be read. */
export async function readPageFiles(folder: string = fileURLToPath(FOLDER)): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const named = new Set(paths.map((path) => (path.endsWith('.br') ? path.slice(0, -'.br'.length) : path)));
  const served = [...named].filter((path) => extname(path) in TYPES).slice(0, MAX_FILES);
  const files = await Promise.all(
    served.map(async (path) => {
      const name = relative(folder, path).split(sep).join('/');
      const [plain, br, gzipped] = await Promise.all(
        [path, `${path}.br`, `${path}.gz`].map((one) => (paths.includes(one) ? readFile(one) : null)),
      );
      // The package has only the smallest form.
      const content = plain ?? (await promisify(brotliDecompress)(br ?? new Uint8Array()));
      const compressed = br ? { br, gzip: gzipped ?? (await promisify(gzip)(content)) } : null;
      return [name, await pageFile(name, content, compressed)] as const;
    }),
  );
  const known = new Map(files);
  return known.has('index.html') ? known : null;
}

/** A file as it is sent. What the build has not compressed is compressed here. */
export async function pageFile(
  name: string,
  content: Uint8Array,
  compressed: { readonly br: Uint8Array; readonly gzip: Uint8Array } | null = null,
): Promise<PageFile> {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const { br, gzip: gzipped } = compressed ?? (await compressedForms(type, content));
  return {
    type,
    etag,
    isImmutable: HASHED_NAME.test(name),
    bodies: {
      identity: Uint8Array.from(content),
      ...(br.length < content.length && { br: Uint8Array.from(br) }),
      ...(gzipped.length < content.length && { gzip: Uint8Array.from(gzipped) }),
    },
  };
}

async function compressedForms(type: string, content: Uint8Array): Promise<{ br: Uint8Array; gzip: Uint8Array }> {
  if (content.length < MIN_COMPRESSED_BYTES || /^(?:image\/png|font)/.test(type)) return { br: content, gzip: content };
  const [br, gzipped] = await Promise.all([promisify(brotliCompress)(content), promisify(gzip)(content)]);
  return { br, gzip: gzipped };
}
