import { AgentError } from '../errors.ts';

/** What a user puts behind `--`. */
export interface EnvoyArguments {
  /** `-c FILE`: a configuration of his own. */
  readonly file: string | undefined;
  /** Everything else, as it stands. */
  readonly rest: readonly string[];
}

const FILE = /^(?:-c|--config-path)(?:=(.*))?$/s;

/** Arguments that the agent needs for itself, each with its reason. */
const REFUSED: Readonly<Record<string, string>> = {
  '--config-yaml': 'the agent adds by it what a configuration lacks, and Envoy takes it once',
  '--mode': 'an Envoy that only looks at its configuration serves nobody; mtls-agent check does that',
  '--base-id': 'hot restart is how Envoy ends with its agent, which chooses the id',
  '--base-id-path': 'hot restart is how Envoy ends with its agent, which chooses the id',
  '--use-dynamic-base-id': 'the agent sets it where it is needed',
  '--disable-hot-restart': 'the agent sets it where it is needed: with hot restart Envoy ends with its agent',
  '--restart-epoch': 'the agent replaces certificates, not processes',
  '--admin-address-path': 'the agent has to know where the admin interface is',
};

/** @throws {AgentError} `config-invalid` for an argument that the agent sets itself */
export function readEnvoyArguments(words: readonly string[]): EnvoyArguments {
  const rest: string[] = [];
  let file: string | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const flag = word.split('=', 1)[0] ?? '';
    const reason = Object.hasOwn(REFUSED, flag) ? REFUSED[flag] : undefined;
    if (reason !== undefined) throw new AgentError('config-invalid', `${flag} cannot be passed to Envoy: ${reason}`, { hint: 'take it out; behind -- go -c FILE and settings such as --concurrency 2' });
    const match = FILE.exec(word);
    if (match === null) {
      rest.push(word);
      continue;
    }
    if (file !== undefined) throw new AgentError('config-invalid', `${flag} stands twice behind --`, { hint: 'Envoy takes one configuration file' });
    file = match[1] ?? words[(index += 1)];
    if (file === undefined || file === '') throw new AgentError('config-invalid', `${flag} has no file behind it`, { hint: 'for example run -- -c envoy.yaml' });
  }
  return { file, rest };
}
