import { parseArguments } from '../cli/arguments.ts';
import { parseSpan } from '../config/duration.ts';
import { AgentError } from '../errors.ts';

export interface DemoOptions {
  readonly mode: 'mtls' | 'one-way';
  readonly delivery: 'sds' | 'files';
  /** Ends after the checks, and after one round of rotations if there are any. */
  readonly once: boolean;
  /** Pause between rotations under load; undefined: none. */
  readonly rotateMs: number | undefined;
  readonly json: boolean;
  /** ColorGateway's plain listener, ColorTeller's TLS listener, the application. */
  readonly ports: { readonly gateway: number; readonly teller: number; readonly app: number };
  /** Where logs are left; undefined: they go with the demo. */
  readonly keepLogs: string | undefined;
  readonly help: boolean;
}

export const DEMO_USAGE = `usage: npm run demo -- [OPTIONS]

Starts an embedded AWS, two private CAs, the ColorTeller application and two Envoys, ColorGateway and ColorTeller, each
the child of its own mtls-agent; asks for a colour; shows who presented which certificate and who is refused. Stays up
until Ctrl-C.

  --mode mtls|one-way        which definitions of mesh/color are run (mtls)
  --delivery sds|files       how certificates reach Envoy (sds)
  --once                     end after the checks: exit 0 if all hold, 1 if one does not
  --rotate DURATION          renew both certificates under load, again and again: 5s. In between a bad secret, a new CA
                             for the gateway, and another ColorTeller in the place of the first
  --json                     print the result as JSON
  --gateway-port PORT        ColorGateway's listener (9080)
  --teller-port PORT         ColorTeller's TLS listener (15000)
  --app-port PORT            the ColorTeller application (8080)
  --keep-logs DIR            leave the logs of agents and Envoys in DIR

examples:
  npm run demo
  npm run demo -- --mode one-way --once
  npm run demo -- --rotate 5s
  npm run demo -- --gateway-port 19080 --teller-port 25000 --app-port 18080
`;

const OPTIONS = {
  mode: { type: 'string', default: 'mtls' },
  delivery: { type: 'string', default: 'sds' },
  once: { type: 'boolean', default: false },
  rotate: { type: 'string' },
  json: { type: 'boolean', default: false },
  // the ports of the published design
  'gateway-port': { type: 'string', default: '9080' },
  'teller-port': { type: 'string', default: '15000' },
  'app-port': { type: 'string', default: '8080' },
  'keep-logs': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Throws `usage` with the option that is off. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (positionals.length > 0) throw new AgentError('usage', `the demo takes no argument ${positionals.join(' ')}`, { hint: 'npm run demo -- --help' });
  return {
    mode: oneOf('mode', values.mode, ['mtls', 'one-way']),
    delivery: oneOf('delivery', values.delivery, ['sds', 'files']),
    once: values.once,
    rotateMs: values.rotate === undefined ? undefined : span('rotate', values.rotate),
    json: values.json,
    ports: { gateway: port('gateway-port', values['gateway-port']), teller: port('teller-port', values['teller-port']), app: port('app-port', values['app-port']) },
    keepLogs: values['keep-logs'],
    help: values.help,
  };
}

function span(option: string, given: string): number {
  try {
    return parseSpan(given);
  } catch (thrown) {
    throw new AgentError('usage', `--${option}: ${(thrown as Error).message}`);
  }
}

function oneOf<const T extends string>(option: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  throw new AgentError('usage', `--${option} is ${given}, expected is ${allowed.join(' or ')}`);
}

function port(option: string, given: string): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value > 0 && value < 65_536) return value;
  throw new AgentError('usage', `--${option} is ${given}, expected is a port from 1 to 65535`);
}
