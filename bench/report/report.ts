/** `npm run bench:report`: writes what `bench/results` holds into `docs/benchmarks.md`, between its markers. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { RESULTS, readResult } from '../results.ts';
import { markedSections, withSection } from './sections.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const PAGE = new URL('benchmarks.md', DOCS);

let page = readFileSync(PAGE, 'utf8');
for (const name of markedSections(page)) {
  const result = readResult(name);
  if (result === null || result.isQuick) {
    console.log(`${name}: left as it is, because it was ${result === null ? 'not measured' : 'measured with --quick'}`);
    continue;
  }
  for (const picture of result.pictures) {
    copyFileSync(new URL(picture, RESULTS), new URL(`benchmarks/${picture}`, DOCS));
  }
  page = withSection(page, result);
  console.log(`${name}: written`);
}
writeFileSync(PAGE, page);
