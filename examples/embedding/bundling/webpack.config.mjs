/** `webpack`, with the loader of your choice for TypeScript: here it is Node's own. */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = import.meta.dirname;
const files = ['src/main.ts', ...globSync('src/plugins/*.ts', { cwd: root })];

export default {
  context: root,
  mode: 'production',
  target: 'node22',
  entry: Object.fromEntries(files.map((file) => [relative('src', file).replace(/\.ts$/, ''), `./${file}`])),
  output: {
    path: join(root, 'dist'),
    module: true,
    // A plugin is found by its exports.
    library: { type: 'module' },
  },
  externals: [/^escapement($|\/)/],
  externalsType: 'module',
  module: {
    // webpack would write the URL of the source in place of `import.meta.url`.
    parser: { javascript: { importMeta: false } },
    rules: [{ test: /\.ts$/, use: join(root, 'types-loader.cjs') }],
  },
  resolve: { extensionAlias: { '.ts': ['.ts'] } },
};
