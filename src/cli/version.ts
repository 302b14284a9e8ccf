import packageFile from '../../package.json' with { type: 'json' };
import type { Command } from './command.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'prints the version',
  usage: `usage: mtls-agent version [--json]

Prints the version of mtls-agent; with --json as {"version":"…"}.

example:
  mtls-agent version
`,
  run(args, io) {
    const { version } = packageFile;
    io.stdout(args.includes('--json') ? `${JSON.stringify({ version })}\n` : `mtls-agent ${version}\n`);
    return Promise.resolve(0);
  },
};
