import type { Command, CommandArguments } from '../../command.ts';
import { EXIT_DONE } from '../../exit-codes.ts';
import { textOption } from '../../input/arguments.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { onlyWord } from '../../input/words.ts';
import type { Terminal } from '../../output/terminal.ts';

/** `escapement pause`: nothing of a schedule falls due until it is resumed. */
export const pauseCommand: Command = {
  name: 'pause',
  parameters: '<key>',
  summary: 'pause a schedule of a running scheduler',
  options: {
    note: { type: 'string', value: '<text>', help: 'why, for others who look at it' },
    ...REMOTE_OPTIONS,
  },
  details: [
    'It stays paused until escapement resume, also across restarts. A run in progress\ngoes on: see escapement abort.',
    ...remoteHelp({
      exitCodes: '1 if there is no such schedule',
      example: 'escapement pause report/nightly --note "the disk is being replaced"',
    }),
  ],
  run: async (args, terminal) => {
    const key = onlyWord(args, 'a schedule key', 'pause report/nightly');
    const note = textOption(args, 'note');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    await (await remoteScheduler(args)).pause(key, note);
    const why = note === undefined ? '' : ` (${note})`;
    say(args, terminal, { action: 'pause', key, ...(note !== undefined && { note }) }, `${key} is paused${why}.`);
    return EXIT_DONE;
  },
};

/** `escapement resume`: ends the pause or the fault of a schedule. */
export const resumeCommand: Command = {
  name: 'resume',
  parameters: '<key>',
  summary: 'end the pause or the fault of a schedule',
  options: REMOTE_OPTIONS,
  details: ['What fell due meanwhile does not run.', ...remoteHelp({ exitCodes: '1 if there is no such schedule' })],
  run: async (args, terminal) => {
    const key = onlyWord(args, 'a schedule key', 'resume report/nightly');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    await (await remoteScheduler(args)).resume(key);
    say(args, terminal, { action: 'resume', key }, `${key} goes on.`);
    return EXIT_DONE;
  },
};

function say(args: CommandArguments, terminal: Terminal, done: object, text: string): void {
  terminal.result(args.values['json'] === true ? JSON.stringify(done, null, 2) : text);
}
