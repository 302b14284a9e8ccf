// @ts-check
/**
 * What a complete boot of the agent needs around it, without a network and without an Envoy: an AWS that holds the
 * secrets of the colour mesh, and somebody who subscribes to what the agent serves. For the code cache and the bench.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { systemClock } from '../src/clock.ts';
import { startEmbeddedAws } from '../src/demo/aws/embedded-aws.ts';
import { ACCOUNT, REGION, SECRETS, issueCredentials } from '../src/demo/credentials.ts';
import { SecretSchema } from '../src/sds/gen/secret_pb.ts';
import { SecretDiscoveryService } from '../src/sds/gen/sds_pb.ts';

/** An embedded AWS, filled, and what the agent of either endpoint needs in its environment beside `environment`. */
export async function startAws() {
  const aws = await startEmbeddedAws({ clock: systemClock, port: 0, region: REGION, account: ACCOUNT });
  await issueCredentials(aws, 'mtls');
  return {
    environment: { ...aws.environment },
    teller: { MTLS_ENDPOINT: 'virtualNode/colorteller', MTLS_IDENTITY: `secret:${SECRETS.teller}`, MTLS_TRUST: `secret:${SECRETS.gatewayTrust}` },
    // its trust is named by the definition: the private CA of the teller
    gateway: { MTLS_ENDPOINT: 'virtualGateway/colorgateway', MTLS_IDENTITY: `secret:${SECRETS.gateway}` },
    close: () => aws.close(),
  };
}

/**
 * Plays an Envoy that takes what it is given: subscribes to every secret that its bootstrap in `directory` (MTLS_DIR)
 * names, acknowledges it, and shows it in its admin.
 *
 * @param {string} directory
 * @param {AbortSignal} signal ends it
 * @returns {Promise<void>} resolves when every secret has come
 */
export async function playEnvoy(directory, signal) {
  const bootstrap = join(directory, 'envoy.json');
  while (!existsSync(bootstrap)) await sleep(1, undefined, { signal });
  /** @type {Map<string, Buffer>} */
  const held = new Map();
  const admin = createServer((request, response) => response.end(request.url === '/certs' ? certs([...held.values()]) : 'LIVE\n'));
  admin.listen(join(directory, 'envoy-admin.sock'));
  signal.addEventListener('abort', () => admin.close());
  const transport = createGrpcTransport({ baseUrl: 'http://localhost', nodeOptions: { createConnection: () => connect(join(directory, 'sds.sock')) } });
  const client = createClient(SecretDiscoveryService, transport);
  await Promise.all(
    secretNames(bootstrap).map((name) => new Promise((resolve, reject) => {
      follow(client, name, signal, (pem) => resolve(held.set(name, pem))).catch(reject);
    })),
  );
}

/**
 * @param {import('@connectrpc/connect').Client<typeof SecretDiscoveryService>} client
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {(pem: Buffer) => void} take
 */
async function follow(client, name, signal, take) {
  const requests = new PassThrough({ objectMode: true });
  requests.write({ resourceNames: [name] });
  try {
    for await (const { versionInfo, nonce, resources } of client.streamSecrets(requests, { signal })) {
      const secret = resources[0] && anyUnpack(resources[0], SecretSchema);
      take(certificates(secret?.type));
      requests.write({ resourceNames: [name], versionInfo, responseNonce: nonce });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** @param {import('../src/sds/gen/secret_pb.ts').Secret['type'] | undefined} type */
function certificates(type) {
  const source = type?.case === 'tlsCertificate' ? type.value.certificateChain : type?.value?.trustedCa;
  return Buffer.from(/** @type {Uint8Array} */ (source?.specifier.value));
}

/** @param {string} bootstrap */
function secretNames(bootstrap) {
  const names = new Set();
  JSON.parse(readFileSync(bootstrap, 'utf8'), (_key, value) => {
    if (value?.sds_config) names.add(value.name);
    return value;
  });
  return /** @type {string[]} */ ([...names]);
}

/**
 * One TLS context with everything, in the form of Envoy's admin.v3.Certificates.
 *
 * @param {Buffer[]} pems
 */
function certs(pems) {
  const all = pems.map((pem) => new X509Certificate(pem)).map(({ ca, serialNumber }) => ({ ca, serial_number: serialNumber.toLowerCase() }));
  return JSON.stringify({ certificates: [{ ca_cert: all.filter(({ ca }) => ca), cert_chain: all.filter(({ ca }) => !ca) }] });
}
