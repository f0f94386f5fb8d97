/** `rollup --config`, with the plugin of your choice for TypeScript: here it is Node's own. */
import { globSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { relative } from 'node:path';

const files = ['src/main.ts', ...globSync('src/plugins/*.ts')];

export default {
  input: Object.fromEntries(files.map((file) => [relative('src', file).replace(/\.ts$/, ''), file])),
  output: { dir: 'dist', format: 'es' },
  external: [/^node:/, /^escapement($|\/)/],
  plugins: [{ name: 'types', transform: (code) => ({ code: stripTypeScriptTypes(code), map: null }) }],
};
