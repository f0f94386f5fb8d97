/**
 * `npm run package -- <folder>` builds the package and packs it into a tarball in that folder: this is what is published.
 * It is packed from a folder of its own, because its `package.json` has only what concerns those who install it, and that
 * of the repository is private, so that `npm publish` cannot be called here by mistake.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** What a package says of how it is developed. */
const OF_DEVELOPMENT = new Set(['private', 'scripts', 'devDependencies', 'allowScripts', 'files']);

if (import.meta.main) {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { stdio: 'inherit' });
  process.stdout.write(`${packInto(resolve(process.argv[2] ?? ROOT))}\n`);
}

/** Packs `dist` as it is. Returns the path of the tarball. */
export function packInto(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const staging = mkdtempSync(join(tmpdir(), 'escapement-pack-'));
  try {
    stage(staging);
    const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
    const name = execFileSync('npm', args, { cwd: staging, encoding: 'utf8' }).trim();
    return join(folder, name);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Puts together what is in the package. */
function stage(folder: string): void {
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of readdirSync(ROOT)) {
    if (/^(?:README\.md|LICENSE)$/.test(name)) copyFileSync(join(ROOT, name), join(folder, name));
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
  const shipped = Object.entries(manifest).filter(([name]) => !OF_DEVELOPMENT.has(name));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(Object.fromEntries(shipped), null, 2)}\n`);
}
