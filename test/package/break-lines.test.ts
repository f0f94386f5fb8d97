import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { breakLines } from '../../scripts/break-lines.ts';

const LIMIT = 20;
/** What must not be broken: after `return` and `async`, before `++`, and inside of literals. */
const CODE = [
  'import{a as b,c as d}from"e";export const f=async(g,h=1)=>{for await(let i of g){if(i)return{j:i,k:[b,d,h]};continue}};',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: This is code.
  'let n=`one {two; three, ${b({x:1,y:`four (${d?b:d}, five`})} six, seven; eight`,o=/[(,;{]+/g,p="a;b,c(d)";',
  'class Q extends b{#r=1;static s={t:1};async*u(v){yield this.#r++;v=v>1&&v||d+v;label:for(;;)break label}get w(){return 1}}',
].join('');

/** Every piece of syntax, without its place. */
function meaning(code: string): unknown {
  const { program, errors } = parseSync('code.mjs', code);
  expect(errors).toEqual([]);
  return JSON.parse(JSON.stringify(program, (key, value) => (key === 'start' || key === 'end' ? undefined : value)));
}

/** Each word of the code, with a place in a source that is as long and has one line. */
function mapOf(code: string): SourceMapSegment[][] {
  return [[...code.matchAll(/\w+|[^\w\s]/g)].map(({ index }): SourceMapSegment => [index, 0, 0, index])];
}

test('code with broken lines means the same, and its map leads where it led', () => {
  const { code, mappings } = breakLines({ code: CODE, mappings: encode(mapOf(CODE)) }, LIMIT);
  expect(meaning(code)).toEqual(meaning(CODE));
  const lines = code.split('\n');
  expect(lines.join('')).toBe(CODE);
  const led = decode(mappings).flatMap((segments, line) =>
    segments.map(([column, , , place = -1]) => [lines[line]?.charAt(column), CODE.charAt(place), place]),
  );
  expect(led).toEqual(
    mapOf(CODE).flatMap((all) => all.map(([place]) => [CODE.charAt(place), CODE.charAt(place), place])),
  );
});

test('lines are as long as they may be, and longer only where a literal is', () => {
  const lines = breakLines({ code: CODE, mappings: '' }, LIMIT).code.split('\n');
  expect(lines.filter((line) => line.length > LIMIT).every((line) => /["`]/.test(line))).toBe(true);
  const couldBeOne = lines.slice(1).filter((line, index) => `${lines[index]}${line}`.length <= LIMIT);
  expect(couldBeOne).toEqual([]);
});

test('lines that were there stay, as in a template', () => {
  const code = 'const a=`b\n,c(d,e,f,g,h,i,j,k,l)`;m(n,o,p,q,r,s,t,u)';
  const broken = breakLines({ code, mappings: encode([[[0, 0, 0, 0]], [[22, 0, 1, 22]]]) }, LIMIT);
  expect(broken.code).toBe('const a=`b\n,c(d,e,f,g,h,i,j,k,l)`;\nm(n,o,p,q,r,s,t,u)');
  expect(decode(broken.mappings)).toEqual([[[0, 0, 0, 0]], [[22, 0, 1, 22]], []]);
});

test('code that is none is refused', () => {
  expect(() => breakLines({ code: 'let;let', mappings: '' }, LIMIT)).toThrow(SyntaxError);
});
