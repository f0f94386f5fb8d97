#!/usr/bin/env node
// An old Node must be able to parse and run this file, so that it can say that it is too old. So this file has no
// static import and no recent syntax.

const OLDEST = '22.18';
const oldest = OLDEST.split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
const isSameMajor = running[0] === oldest[0];
const isOld = isSameMajor ? Number(running[1]) < Number(oldest[1]) : Number(running[0]) < Number(oldest[0]);

if (isOld) {
  process.stderr.write(`escapement needs Node.js ${OLDEST} or later; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  void import('./command-line.ts').then(({ commandLine }) => commandLine(process.argv.slice(2)));
}
