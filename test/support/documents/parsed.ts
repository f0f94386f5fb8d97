/** What can be said about a snippet without executing it. */
import { parseSync } from 'oxc-parser';
import type { Fence } from './fences.ts';

const IMPORT = /^import\s[\s\S]*?;$/gm;

/**
 * A snippet as a module. Pages show parts of programs too: the members of a function, the fields of an object, or the
 * entries of an array. So a snippet may be any of these.
 */
export function moduleFor({ code, language }: Fence): { readonly module: string } | { readonly fault: string } {
  const inner = code.trim().replace(/[,;]$/, '');
  const imports = (code.match(IMPORT) ?? []).join('\n');
  const forms = [
    `${code}\nexport {};\n`,
    `${imports}\nexport async function part() {\n${code.replace(IMPORT, '')}\n}\n`,
    `export const part = ({\n${inner}\n});\n`,
    `export const part = [\n${inner}\n];\n`,
  ];
  const faults = forms.map((form) => parseSync(`snippet.${language}`, form).errors[0]?.message ?? null);
  const module = forms[faults.indexOf(null)];
  return module === undefined ? { fault: faults[0] ?? '' } : { module };
}

/** Why a snippet cannot be read, or `null`. */
export function unreadable(fence: Fence): string | null {
  const read = moduleFor(fence);
  return 'fault' in read ? read.fault : null;
}

export interface Imported {
  readonly specifier: string;
  readonly name: string;
}

/** The names that a snippet takes from a package. */
export function importsOf({ code, language }: Fence): Imported[] {
  return parseSync(`snippet.${language}`, code).module.staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.flatMap(({ importName, isType }) =>
      importName.name && !isType ? [{ specifier: moduleRequest.value, name: importName.name }] : [],
    ),
  );
}

/** The packages and files that it imports, also if it takes types only. */
export function specifiersOf({ code, language }: Fence): string[] {
  const { staticImports } = parseSync(`snippet.${language}`, code).module;
  return staticImports.map(({ moduleRequest }) => moduleRequest.value);
}
