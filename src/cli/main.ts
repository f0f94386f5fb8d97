#!/usr/bin/env node
// An old Node must be able to parse and run this file, to say that it is old: no static import, no recent syntax.

const REQUIRED = '22.18';
const required = REQUIRED.split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
const isMajorRight = running[0] === required[0];
const isOld = isMajorRight ? Number(running[1]) < Number(required[1]) : Number(running[0]) < Number(required[0]);

if (isOld) {
  process.stderr.write(`escapement needs Node.js ${REQUIRED} or later; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  void import('./command-line.ts').then(({ commandLine }) => commandLine(process.argv.slice(2)));
}
