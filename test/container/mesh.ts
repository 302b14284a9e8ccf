import { get } from 'node:http';
import { type Outcome, docker, run } from './docker.ts';

const PROJECT = 'mtls-agent-test';
/** An empty port publishes on a free one. */
const PORTS = { COLOR_PORT: '', COLOR_PORT_ONE_WAY: '', COLOR_PORT_FILES: '', COLOR_PORT_SERVE: '', COLOR_PORT_FETCH: '' };

/** The mesh of container/compose.yaml, up. */
export interface ComposeMesh {
  compose(...args: readonly string[]): Promise<Outcome>;
  /** Container id of a service that runs. */
  id(service: string): Promise<string>;
  /** And of one that has ended. */
  stoppedId(service: string): Promise<string>;
  exec(service: string, ...command: readonly string[]): Promise<Outcome>;
  /** Status and body of the gateway's answer; status 0: none. */
  colour(gateway?: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Host port that a gateway is published on. */
  port(gateway: string): Promise<number>;
  /** An errand of the embedded AWS, by its path. */
  errand(path: string): Promise<string>;
  down(): Promise<void>;
}

export async function composeUp(profiles: readonly string[] = [], services: readonly string[] = []): Promise<ComposeMesh> {
  const [command = '', ...first] = (process.env['MTLS_COMPOSE'] ?? 'docker compose').split(' ');
  const chosen = profiles.flatMap((profile) => ['--profile', profile]);
  const compose = (...args: readonly string[]): Promise<Outcome> => run(command, [...first, '-p', PROJECT, '-f', 'container/compose.yaml', ...chosen, ...args], PORTS);
  const id = async (service: string): Promise<string> => (await compose('ps', '-q', service)).stdout.trim();
  const port = async (gateway: string): Promise<number> => Number((await docker('port', await id(gateway), '9080/tcp')).trim().split(':').at(-1));
  const mesh: ComposeMesh = {
    compose,
    id,
    stoppedId: async (service) => (await compose('ps', '-a', '-q', service)).stdout.trim(),
    port,
    exec: async (service, ...args) => run('docker', ['exec', await id(service), ...args]),
    colour: async (gateway = 'colorgateway') => ask(await port(gateway)),
    async errand(path) {
      const { code, stdout, stderr } = await mesh.exec('aws', '/usr/bin/node', '/usr/lib/mtls-agent-demo/companion.cjs', 'ask', 'POST', `http://127.0.0.1:4567${path}`);
      if (code !== 0) throw new Error(`errand ${path}: ${stdout}${stderr}`);
      return stdout;
    },
    down: async () => {
      await compose('down', '--volumes', '--timeout', '5');
    },
  };
  const up = await compose('up', '--detach', '--no-build', ...services);
  if (up.code !== 0) {
    const logs = await compose('logs', '--no-color', '--tail', '20');
    await mesh.down();
    throw new Error(`compose up ended with ${up.code}\n${up.stderr}\n${logs.stdout}`);
  }
  return mesh;
}

function ask(port: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: body.trim() }));
    }).once('error', () => resolve({ status: 0, body: '' }));
  });
}
