/** `node esbuild.mjs` */
import { build } from 'esbuild';

await build({
  // Every plugin is an entry of its own, so that it is a file that a thread can load.
  entryPoints: ['src/main.ts', 'src/plugins/*.ts'],
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  // What starts threads from its own files stays outside.
  external: ['escapement'],
});
