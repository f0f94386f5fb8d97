/**
 * Why a module of somebody else cannot be imported, in a sentence that its author can use: which file, line and column,
 * what is missing and what was probably meant. Node's own messages name our files, and leave places out.
 */
import { dirname, extname, isAbsolute, join, relative, sep } from 'node:path';
import type { ErrorRecord } from '../../machines/run.ts';
import { errorRecord } from '../error-record.ts';
import { accessDenied } from './access-denied.ts';
import { fileOf } from './file-name.ts';
import { type MissingModule, missingModule, urlOf } from './missing-module.ts';
import { indexFileOf, isFolder, isThere, MODULE_ENDINGS, nearbyFile } from './nearby-file.ts';
import { placeSyntaxError, type SourcePlace, sourcePlaceOf } from './source-place.ts';
import { placeIn } from './stack-frames.ts';
import { thrownReason } from './thrown-reason.ts';

/** What was imported. */
export interface Import {
  /** A `file:` URL, a path, or the name of a package. */
  readonly module: string;
  /** The `file:` URL from which it was looked for. */
  readonly from: string;
}

const NO_EXPORT = /^The requested module '(?<module>.*)' does not provide an export named '(?<name>.*)'/s;
const NOT_NAMED =
  /^Named export '(?<name>.*)' not found\. The requested module '(?<module>.*)' is a CommonJS module, which may not/s;
const COMMON_JS = /^(?:module|exports|require) is not defined in ES module scope/;
const TO_STRIP = /^TypeScript (?<syntax>.*) is not supported in strip-only mode/;

/**
 * The reason, as the end of a sentence about the module: `there is no file /srv/plugins/report.js: did you mean …?`. With
 * a syntax error, lines follow that show its place.
 */
export function importFailure(thrown: unknown, imported: Import): string {
  placeSyntaxError(thrown);
  const record = errorRecord(thrown);
  const denied = accessDenied(thrown);
  // A plugin's own code may be refused as well, and then its place says more.
  if (denied !== null && placeIn(record.stack) === null) return denied;
  const { code, message, stack } = record;
  if (code === 'ERR_UNSUPPORTED_DIR_IMPORT') return folderReason(thrown, imported);
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return missingReason(thrown, record, imported);
  if (code === 'ERR_IMPORT_ATTRIBUTE_MISSING' && /"type: json"/.test(message)) return jsonReason(message, imported);
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return endingReason(message, imported);
  if (code === 'ERR_UNSUPPORTED_ESM_URL_SCHEME') return schemeReason(message, imported);
  const place = sourcePlaceOf(stack);
  if (place !== null) return placedReason(message, place, imported);
  const flaw = pathFlaw(record);
  if (flaw !== null) return flawReason(flaw, record, imported);
  if (COMMON_JS.test(message)) return commonJsReason(message, placeIn(stack), imported);
  return thrownReason('importing it failed', thrown);
}

function placedReason(message: string, { file, line, column, frame }: SourcePlace, { module }: Import): string {
  const owner = file === fileOf(module) ? 'it has' : 'it imports a file with';
  const at = `\n    ${file}:${line}:${column}\n${frame}`;
  const { module: from, name } = NO_EXPORT.exec(message)?.groups ?? {};
  if (name !== undefined) {
    const remedy = /\.[cm]?ts$/.test(file) ? ` (if it is a type, write: import type { ${name} })` : '';
    return `"${from}" has no export named "${name}"${remedy}${at}`;
  }
  const unnamed = NOT_NAMED.exec(message)?.groups;
  if (unnamed !== undefined) {
    const { module: commonJs, name: wanted } = unnamed;
    return `"${commonJs}" is CommonJS, and Node finds no export "${wanted}" in it: import its default export, and take "${wanted}" from that${at}`;
  }
  const { syntax } = TO_STRIP.exec(message)?.groups ?? {};
  if (syntax === undefined) return `${owner} a syntax error: ${message}${at}`;
  return `${owner} TypeScript that Node cannot run (${syntax}), because it only strips types: replace it, or compile the file first${at}`;
}

function missingReason(thrown: unknown, record: ErrorRecord, { module, from }: Import): string {
  const asked = fileOf(module);
  const missing = missingModule(thrown, record) ?? { name: asked };
  const { name } = missing;
  const isEntry = name === asked || (!isPath(asked) && (asked === name || asked.startsWith(`${name}/`)));
  if (!isEntry) return importReason(missing, asked);
  if (isPath(asked)) return `there is no file ${asked}${hintAt(missing)}`;
  const base = fileOf(from);
  const folder = base.endsWith(sep) || isFolder(base) ? base : dirname(base);
  const path = join(folder, asked);
  const meant = isThere(path) ? path : nearbyFile(path);
  const hint = meant === undefined ? '' : `: did you mean "./${relative(folder, meant).replaceAll(sep, '/')}"?`;
  return `there is no package "${name}" in ${folder} or above it, and a path must begin with "./"${hint}`;
}

function importReason(missing: MissingModule, module: string): string {
  const { name, importer } = missing;
  const subject = importer === undefined || fileOf(importer) === module ? 'it' : fileOf(importer);
  if (isPath(name)) return `${subject} imports ${name}, and there is no such file${hintAt(missing)}`;
  const remedy = name === 'escapement' ? ': install it, as by npm install escapement' : '';
  return `${subject} imports "${name}", and there is no such package${remedy}`;
}

/** What was probably meant, or that even the folder is missing. */
function hintAt({ name: path, cutFrom }: MissingModule): string {
  if (cutFrom !== undefined) return `: for ${cutFrom} write %23 in place of "#", and %3F in place of "?"`;
  const meant = nearbyFile(path);
  if (meant !== undefined) return `: did you mean ${meant}?`;
  const folder = dirname(path);
  return isFolder(folder) ? '' : `, and no folder ${folder}`;
}

function folderReason(thrown: unknown, { module }: Import): string {
  const asked = fileOf(module);
  const folder = fileOf(urlOf(thrown) ?? module);
  const index = indexFileOf(folder);
  const subject = folder === asked.replace(/[/\\]$/, '') ? 'it is a folder' : `it imports ${folder}, which is a folder`;
  return `${subject}: name a file in it${index === undefined ? '' : `, such as ${index}`}`;
}

function jsonReason(message: string, { module }: Import): string {
  const file = fileOf(/^Module "([^"]*)"/.exec(message)?.[1] ?? module);
  if (file === fileOf(module)) return 'it is a JSON file, and must be a module with code';
  return `it imports ${file} without saying that it is JSON: write import data from "…" with { type: "json" }`;
}

function endingReason(message: string, { module }: Import): string {
  const file = /^Unknown file extension ".*?" for (.*)$/s.exec(message)?.[1] ?? fileOf(module);
  const subject = file === fileOf(module) ? 'its name' : `it imports ${file}, whose name`;
  const ending = extname(file);
  const advice = /^\.[jt]sx$/.test(ending) ? ' (Node does not know JSX: compile it first)' : '';
  return `${subject} ends in "${ending}", and Node imports only ${MODULE_ENDINGS.join(', ')}${advice}`;
}

function commonJsReason(message: string, place: string | null, { module }: Import): string {
  const [word = ''] = message.split(' ', 1);
  const where = place === null ? '' : ` (at ${place})`;
  const ending = extname(fileOf(module)).replace('m', '').replace('.', '.c').replace('cc', 'c');
  return `it is an ES module, and uses "${word}" of CommonJS${where}: write import and export, or let its name end in ${ending}`;
}

/** What Node accepts in no path of a module, although the system does. Its errors have no frame of a user. */
function pathFlaw({ code, message, stack = '' }: ErrorRecord): string | null {
  if (code === 'ERR_INVALID_MODULE_SPECIFIER' && message.includes('must not include encoded "/" or "\\"'))
    return 'a "\\" or an encoded "/", and Node imports no such file: rename it';
  if (message !== 'URI malformed' || placeIn(stack) !== null || !stack.includes('node:internal/modules/')) return null;
  return 'a "%" that begins no escape: write %25 in place of it';
}

function flawReason(flaw: string, record: ErrorRecord, imported: Import): string {
  if (!isPathOf(record, imported)) return `it imports a file whose path has ${flaw}`;
  const file = fileOf(imported.module);
  return isPath(file) && !isThere(file) ? `there is no file ${file}` : `its path has ${flaw}`;
}

function schemeReason(message: string, { module }: Import): string {
  const scheme = / protocol '([^']*)'/.exec(message)?.[1] ?? '';
  const isOwn = module.toLowerCase().startsWith(scheme);
  if (scheme.length === 2)
    return `${isOwn ? 'it is' : 'it imports'} a path of Windows, which this system does not have`;
  const what = isOwn ? `its name begins with "${scheme}"` : `it imports something that begins with "${scheme}"`;
  return `${what}, and Node imports only files and packages`;
}

/** Whether the flaw is in the path of the module itself. */
function isPathOf({ code, message }: ErrorRecord, { module }: Import): boolean {
  if (!module.startsWith('file:')) return false;
  return code === undefined ? fileOf(module) === module : message.includes(`"${new URL(module).pathname}"`);
}

function isPath(name: string): boolean {
  return isAbsolute(name) || /^\.\.?[/\\]/.test(name);
}
