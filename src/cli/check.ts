import picocolors from 'picocolors';
import { readEnvoyArguments } from '../envoy/arguments.ts';
import { AgentError } from '../errors.ts';
import type { Finding } from '../preflight/finding.ts';
import { runPreflight } from '../preflight/preflight.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import type { RunPorts } from './run.ts';

const USAGE = `usage: mtls-agent check [--json] [-- ENVOY-ARGUMENTS]

Looks at everything that run would stumble over, and changes nothing: configuration, definitions, credentials, each source
(readable, layout, material, until when), MTLS_DIR, Envoy's configuration (by Envoy itself), and what may let a key out.
Reads the same environment and the same arguments as run.

  --json   print {"pass":…,"findings":[{check,status,message,hint,code}…]}

examples:
  mtls-agent check
  mtls-agent check -- -c envoy.yaml
  docker run --rm --env-file task.env IMAGE check --json

exit codes: 0 nothing is wrong; 1 a check failed; 64 usage; 78 the configuration itself is bad
`;

const MARKS = { ok: '✔', warning: '!', failed: '✘' } as const;

/** Preflight: every problem in one report. */
export function checkCommand({ uid }: Pick<RunPorts, 'uid'>): Command {
  return {
    name: 'check',
    summary: 'preflight: every problem of configuration, permission, material and directory in one report; changes nothing',
    usage: USAGE,
    async run(args, io) {
      const dashes = args.indexOf('--');
      const [own, words] = dashes === -1 ? [args, []] : [args.slice(0, dashes), args.slice(dashes + 1)];
      const { values, positionals } = parseArguments(own, { json: { type: 'boolean' } });
      if (positionals.length > 0) throw new AgentError('usage', `check takes no argument ${positionals.join(' ')}`);
      const findings = await runPreflight({ env: io.env, clock: io.clock, uid, envoyArguments: readEnvoyArguments(words) }, io.signal);
      const pass = findings.every(({ status }) => status !== 'failed');
      io.stdout(values.json ? `${JSON.stringify({ pass, findings })}\n` : findings.map((finding) => render(finding, io.colour)).join(''));
      if (pass) return 0;
      return findings.some(({ check, status }) => check === 'configuration' && status === 'failed') ? 78 : 1;
    },
  };
}

function render({ check, status, message, hint }: Finding, colour: boolean): string {
  const { green, yellow, red, dim } = picocolors.createColors(colour);
  const paint = { ok: green, warning: yellow, failed: red }[status];
  const continued = (text: string): string => text.replaceAll('\n', '\n    ');
  return `${paint(MARKS[status])} ${check}: ${continued(message)}\n${hint === undefined ? '' : dim(`  hint: ${continued(hint)}\n`)}`;
}
