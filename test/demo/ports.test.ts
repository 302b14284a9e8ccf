import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { checkPorts, freePort } from '../../src/demo/ports.ts';

it('passes free ports, and leaves them free', async () => {
  const ports = { gateway: await freePort(), teller: await freePort(), app: await freePort() };
  await checkPorts(ports);
  await expect(checkPorts(ports)).resolves.toBeUndefined();
});

it('names a taken port with the option that moves it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await expect(checkPorts({ gateway: await freePort(), teller: port, app: await freePort() })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `port ${port} (--teller-port) of 127.0.0.1 is taken`,
    });
  } finally {
    server.close();
  }
});
