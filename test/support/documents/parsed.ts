/** What can be said about a snippet without executing it. */
import { parseSync } from 'oxc-parser';
import type { Fence } from './fences.ts';

/**
 * Why a snippet cannot be read, or `null`. Pages show parts of programs too: an entry of an array, the fields of an
 * object, or the members of a function. So a snippet is right if it can be read as one of these.
 */
export function unreadable({ code, language }: Fence): string | null {
  const inner = code.replace(/[,;]\s*$/, '');
  const forms = [code, `({ ${inner} })`, `([${inner}])`, `async () => { ${code} }`];
  const faults = forms.map((form) => parseSync(`snippet.${language}`, form).errors[0]?.message ?? null);
  return faults.includes(null) ? null : (faults[0] ?? null);
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
