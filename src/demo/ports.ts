import { createServer } from 'node:net';
import { AgentError } from '../errors.ts';
import type { DemoOptions } from './options.ts';

/** Throws `address-in-use` that names every taken port and the option that moves it. */
export async function checkPorts(ports: DemoOptions['ports']): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push(`${port} (--${name}-port)`);
  }
  if (taken.length === 0) return;
  const [port, verb] = taken.length === 1 ? ['port', 'is'] : ['ports', 'are'];
  throw new AgentError('address-in-use', `${port} ${taken.join(', ')} of 127.0.0.1 ${verb} taken`, {
    hint: 'end what listens there (another demo?), or choose other ports by these options',
  });
}

/** A port of loopback that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
