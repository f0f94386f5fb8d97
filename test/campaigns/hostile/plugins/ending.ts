/** Runs that try to end their thread, the process, or what the process is made of. */
import { runs } from '../plugin-text.ts';
import { CRASHED, type Scenario } from '../scenario.ts';

function ends(name: string, body: string, changed: Partial<Scenario> = {}): Scenario {
  return { name, plugin: runs(body), expect: { outcomes: CRASHED }, ...changed };
}

const byProcess = { containedBy: 'process' } as const;
const ANY = { expect: { outcomes: 'any' } } as const;

export const ENDING: readonly Scenario[] = [
  ends('exit', 'process.exit(0);'),
  ends('exit-with-a-code', 'process.exit(42);'),
  ends('exit-in-a-callback', 'setTimeout(() => process.exit(0), 10); await timers.setTimeout(500);'),
  ends('exit-in-a-microtask', 'queueMicrotask(() => process.exit(0)); await timers.setTimeout(500);'),
  ends('exit-after-the-run', 'setTimeout(() => process.exit(0), 30);', { ...ANY, times: 3 }),
  ends('exit-in-an-exit-listener', "process.on('exit', () => { process.exit(1); }); process.exit(0);"),
  ends('exit-listener-that-loops', "process.on('exit', () => { for (;;); }); process.exit(0);", {
    expect: { outcomes: ['crashed', 'timed-out'] },
  }),
  // What the listener throws comes out of the call in the run.
  ends('exit-listener-that-throws', "process.on('exit', () => { throw new Error('at exit'); }); process.exit(0);", {
    expect: { outcomes: ['crashed', 'failed'] },
  }),
  ends('really-exit', 'process.reallyExit(0);'),
  ends(
    'really-exit-of-its-prototype',
    'Object.getPrototypeOf(process).reallyExit?.call(process, 0); process.reallyExit(1);',
  ),
  ends('ten-exits', 'process.exit(0);', { times: 10 }),
  // Node refuses these in a thread, with an exception of which the plugin dies.
  ends('abort', 'process.abort();', { ...byProcess, expect: { outcomes: ['crashed', 'failed'] } }),
  // Node refuses them in a thread. A process can do them, and is replaced.
  ends('chdir', "process.chdir('/');", { expect: { outcomes: ['failed', 'succeeded'] }, times: 2 }),
  ends('umask', 'process.umask(0o777);', { expect: { outcomes: ['failed', 'succeeded'] }, times: 2 }),
  ends('set-user', 'process.setuid(65534); process.setgid(65534);', { expect: { outcomes: ['failed'] } }),
  ends('kill-itself', "process.kill(process.pid, 'SIGKILL'); await timers.setTimeout(1_000);", byProcess),
  ends('terminate-itself', "process.kill(process.pid, 'SIGTERM'); await timers.setTimeout(1_000);", byProcess),
  ends('segmentation-signal', "process.kill(process.pid, 'SIGSEGV'); await timers.setTimeout(1_000);", byProcess),
  ends('stop-itself', "process.kill(process.pid, 'SIGSTOP'); await timers.setTimeout(1_000);", {
    ...byProcess,
    expect: { outcomes: ['crashed', 'timed-out'] },
  }),
  ends('debug-signal', "process.kill(process.pid, 'SIGUSR1'); await timers.setTimeout(200);", { ...byProcess, ...ANY }),
  ends('debug-process', 'process._debugProcess(process.pid); await timers.setTimeout(200);', { ...byProcess, ...ANY }),
  ends('native-module', "process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6');", {
    expect: { outcomes: ['failed'] },
  }),
  ends('native-module-that-is-none', "process.dlopen({ exports: {} }, '/etc/hostname');", {
    expect: { outcomes: ['failed'] },
  }),
  ends('internal-binding', "process.binding('process_wrap'); process.binding('uv').x();", {
    expect: { outcomes: ['failed'] },
  }),
  ends('causes-a-failed-assertion', "new (process.binding('tty_wrap').TTY)(-1, {});", { ...byProcess, ...ANY }),
  ends('standard-input-closed', 'fs.closeSync(0);', ANY),
  // A thread shares the descriptors of its process.
  ends('standard-output-closed', 'fs.closeSync(1); fs.closeSync(2);', { ...byProcess, ...ANY }),
  ends(
    'all-descriptors-closed',
    'for (let fd = 3; fd < 60; fd += 1) { try { fs.closeSync(fd); } catch {} } await timers.setTimeout(100);',
    { ...byProcess, ...ANY },
  ),
  ends(
    'descriptors-used-up',
    "try { for (let i = 0; i < 2e5; i += 1) fs.openSync('/dev/null'); } catch (error) { kept.push(error); }",
    { ...byProcess, ...ANY },
  ),
  ends(
    'parent-thread-data',
    'worker.parentPort.close(); worker.workerData?.sharedBuffer?.fill?.(7); process.exit(0);',
    ANY,
  ),
  ends(
    'environment-written',
    "process.env.PATH = '/nonexistent'; process.env.NODE_OPTIONS = '--bad'; process.env.TZ = 'Asia/Dhaka'; new Date().getHours();",
    ANY,
  ),
  ends('heap-snapshot', 'v8.getHeapSnapshot().destroy();', ANY),
  ends('report', 'process.report.getReport();', ANY),
  ends(
    'inspector',
    "const inspector = await import('node:inspector'); const s = new inspector.Session(); s.connect(); s.post('Runtime.terminateExecution'); s.post('Debugger.enable'); s.post('Debugger.pause'); await timers.setTimeout(100);",
    ANY,
  ),
  ends(
    'inspector-of-the-host',
    "const inspector = await import('node:inspector'); const s = new inspector.Session(); s.connectToMainThread(); s.post('Runtime.evaluate', { expression: 'process.exit(7)' }); await timers.setTimeout(300);",
    { ...byProcess, ...ANY },
  ),
];
