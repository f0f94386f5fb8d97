import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withText } from '../../../src/cli/init/json-text.ts';

const RUN = ['scripts', 'jobs'];

test.each([
  [
    'a new script',
    '{\n  "scripts": {\n    "a": "b"\n  }\n}\n',
    '{\n  "scripts": {\n    "a": "b",\n    "jobs": "x"\n  }\n}\n',
  ],
  ['no scripts yet', '{\n  "name": "n"\n}\n', '{\n  "name": "n",\n  "scripts": {\n    "jobs": "x"\n  }\n}\n'],
  ['empty scripts', '{\n  "scripts": {},\n  "a": 1\n}', '{\n  "scripts": {\n    "jobs": "x"\n  },\n  "a": 1\n}'],
  ['an empty object', '{}\n', '{\n  "scripts": {\n    "jobs": "x"\n  }\n}\n'],
  ['tabs', '{\n\t"scripts": {\n\t\t"a": "b"\n\t}\n}', '{\n\t"scripts": {\n\t\t"a": "b",\n\t\t"jobs": "x"\n\t}\n}'],
  ['tabs and no scripts', '{\n\t"a": 1\n}', '{\n\t"a": 1,\n\t"scripts": {\n\t\t"jobs": "x"\n\t}\n}'],
  [
    'line ends of Windows',
    '{\r\n  "a": 1\r\n}\r\n',
    '{\r\n  "a": 1,\r\n  "scripts": {\r\n    "jobs": "x"\r\n  }\r\n}\r\n',
  ],
  ['one line', '{"a":[{"scripts":1}],"scripts":{"b":"}"}}', '{"a":[{"scripts":1}],"scripts":{"b":"}","jobs":"x"}}'],
  ['one line without scripts', '{"a":"\\"{"}', '{"a":"\\"{","scripts":{"jobs":"x"}}'],
  ['another value', '{ "scripts": { "jobs": "old", "b": [1, 2] } }', '{ "scripts": { "jobs": "x", "b": [1, 2] } }'],
  [
    'a mark at the beginning',
    '\ufeff{\n    "a": 1\n}',
    '\ufeff{\n    "a": 1,\n    "scripts": {\n        "jobs": "x"\n    }\n}',
  ],
])('sets a text with %s, and changes nothing else', (_, before, after) => {
  expect(withText(before, RUN, 'x')).toBe(after);
});

test('any document says the same as before, and what was set', () => {
  const documents = fc.dictionary(fc.string(), fc.jsonValue());
  const indents = fc.constantFrom(0, 1, 2, 4, '\t');
  fc.assert(
    fc.property(documents, indents, fc.string(), fc.string(), (document, indent, key, value) => {
      const text = JSON.stringify(document, null, indent);
      // A member of this name comes from the prototype, and a document has none.
      if (Object.keys(document).includes('__proto__') || key === '__proto__') return;
      expect(JSON.parse(withText(text, [key], value))).toEqual({ ...JSON.parse(text), [key]: value });
    }),
  );
});
