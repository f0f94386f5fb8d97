import { type Attack, attacksOf, calling, type Surroundings } from '../attack.ts';

type Path = (around: Surroundings) => unknown;

const READ: Readonly<Record<string, Path>> = {
  'the secret by its path': ({ closedFolder }) => `${closedFolder}/secret.txt`,
  'the secret by steps upwards': ({ openFolder }) => `${openFolder}/../closed/secret.txt`,
  'the secret by a link': ({ openFolder }) => `${openFolder}/link/secret.txt`,
  'a link to the secret': ({ openFolder }) => `${openFolder}/secret-link.txt`,
  'a folder whose name only begins so': ({ openFolder }) => `${openFolder}-not/secret.txt`,
  'a URL': ({ closedFolder }) => `file://${closedFolder}/secret.txt`,
  'a path that NUL cuts off': ({ closedFolder, openFolder }) => `${closedFolder}/secret.txt\u0000${openFolder}`,
  'the environment': () => '/proc/self/environ',
  'the memory of the process': () => '/proc/self/mem',
  'an open file of the process': () => '/proc/self/fd/0',
  'the users': () => '/etc/passwd',
  'the folder itself': ({ openFolder }) => openFolder,
  'a list': ({ openFolder }) => [`${openFolder}/note.txt`],
  nothing: () => null,
};
const LISTED: Readonly<Record<string, Path>> = {
  'the folder above': ({ openFolder }) => `${openFolder}/..`,
  'the folder of the secret': ({ closedFolder }) => closedFolder,
  'the folder of the secret by a link': ({ openFolder }) => `${openFolder}/link`,
  'the root': () => '/',
  'the working directory': () => '.',
};

export const FILES: readonly Attack[] = [
  ...attacksOf('files', 'narrow', {
    ...Object.fromEntries(Object.entries(READ).map(([name, path]) => [`read ${name}`, on('file_read', path)])),
    ...Object.fromEntries(Object.entries(LISTED).map(([name, path]) => [`list ${name}`, on('file_list', path)])),
  }),
];

function on(call: string, path: Path): Attack['guest'] {
  return calling(call, (around: Surroundings) => [path(around)]);
}
