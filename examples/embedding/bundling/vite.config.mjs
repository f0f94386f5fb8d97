/** `vite build` */
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { defineConfig } from 'vite';

const files = ['src/main.ts', ...globSync('src/plugins/*.ts')];

export default defineConfig({
  ssr: { external: ['escapement'] },
  build: {
    ssr: true,
    outDir: 'dist',
    rollupOptions: {
      input: Object.fromEntries(files.map((file) => [relative('src', file).replace(/\.ts$/, ''), file])),
    },
  },
});
