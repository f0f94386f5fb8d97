import type { Command } from '../../command.ts';
import { EXIT_DONE } from '../../exit-codes.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { onlyWord } from '../../input/words.ts';
import { reloadLines } from '../../output/reload-report.ts';

/** `escapement reload`: loads the module of a plugin anew. */
export const reloadCommand: Command = {
  name: 'reload',
  parameters: '<plugin>',
  summary: 'load a plugin of a running scheduler anew',
  options: REMOTE_OPTIONS,
  details: [
    'If the new version is refused, the old one goes on. Runs in progress end in the\nversion in which they began.',
    ...remoteHelp({ exitCodes: '1 if it is refused, or there is no such plugin' }),
  ],
  run: async (args, terminal) => {
    const plugin = onlyWord(args, 'the name of a plugin', 'reload report');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const report = await (await remoteScheduler(args)).reload(plugin);
    if (args.values['json']) terminal.result(JSON.stringify(report, null, 2));
    else {
      const { summary, lines } = reloadLines(report);
      terminal.result(`${terminal.paint('green', 'reloaded')} ${plugin}: ${summary}`);
      for (const line of lines) terminal.result(`  ${line}`);
    }
    return EXIT_DONE;
  },
};
