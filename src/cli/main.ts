#!/usr/bin/env node
// An old Node must be able to parse and run this file, so that it can say that it is too old. So this file has no
// static import and no recent syntax.

const OLDEST = '22.18';
const oldest = OLDEST.split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
const isSameMajor = running[0] === oldest[0];
const isOld = isSameMajor ? Number(running[1]) < Number(oldest[1]) : Number(running[0]) < Number(oldest[0]);

function refuse(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

/** Nothing can be loaded without one: paths are relative to it. */
function hasWorkingDirectory(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

if (isOld) refuse(`escapement needs Node.js ${OLDEST} or later; this is ${process.versions.node}.`);
else if (!hasWorkingDirectory()) refuse('Error: The working directory is gone: go to one that is there.');
else {
  void import('./command-line.ts').then(({ commandLine, leaveSoon }) =>
    commandLine(process.argv.slice(2)).then(leaveSoon),
  );
}
