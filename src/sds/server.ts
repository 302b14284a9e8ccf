import { createServer } from 'node:http2';
import { create } from '@bufbuild/protobuf';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { type DiscoveryResponse, type DiscoveryRequest, DiscoveryResponseSchema } from './gen/discovery_pb.ts';
import { SecretDiscoveryService } from './gen/sds_pb.ts';
import { SECRET_TYPE_URL, encodeSecret, wipe } from './secret-resource.ts';
import type { Snapshot } from './snapshot.ts';
import type { BoundSocket } from './socket.ts';
import { type Heard, Subscription } from './subscription.ts';
import { Wake } from './wake.ts';

/** What Envoy said, as it comes in; `stream` numbers the streams. */
export type Observer = (stream: number, heard: Heard | { readonly kind: 'closed' }) => void;

/**
 * Envoy's Secret Discovery Service (SotW, envoy.service.secret.v3) over gRPC on a socket bound before. Each stream gets
 * what the snapshot holds of its names at once, and every change until it ends.
 */
export function serveSds(socket: BoundSocket, snapshot: Snapshot, observe: Observer): void {
  let streams = 0;
  const handler = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    routes: (router) =>
      router.service(SecretDiscoveryService, {
        streamSecrets: (requests) => serveStream(requests, snapshot, (streams += 1), observe),
      }),
  });
  const server = createServer((request, response) => {
    // an authority that is no host makes the adapter throw where nobody can catch it, which would end the process
    if (isHost(request.authority)) handler(request, response);
    else response.writeHead(400).end();
  });
  server.on('sessionError', () => undefined);
  socket.attach((connection) => {
    server.emit('connection', connection);
    connection.resume();
  });
}

function isHost(authority: string): boolean {
  return /^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(authority);
}

async function* serveStream(requests: AsyncIterable<DiscoveryRequest>, snapshot: Snapshot, stream: number, observe: Observer): AsyncGenerator<DiscoveryResponse> {
  const subscription = new Subscription();
  const wake = new Wake();
  const unwatch = snapshot.watch(() => wake.ring());
  const listening = listen(requests, subscription, (heard) => {
    observe(stream, heard);
    wake.ring();
  }).finally(() => wake.end());
  try {
    for (;;) {
      const response = nextResponse(subscription, snapshot);
      if (response === undefined) {
        if (!(await wake.wait())) break;
        continue;
      }
      yield response;
      // the adapter has copied the message into a frame by now
      response.resources.forEach(wipe);
    }
    await listening;
  } finally {
    unwatch();
    observe(stream, { kind: 'closed' });
  }
}

async function listen(requests: AsyncIterable<DiscoveryRequest>, subscription: Subscription, heard: (heard: Heard) => void): Promise<void> {
  try {
    for await (const { resourceNames, versionInfo, responseNonce, errorDetail } of requests) {
      heard(subscription.hear({ names: resourceNames, versionInfo, nonce: responseNonce, refusal: errorDetail?.message }));
    }
  } catch {
    // Envoy cancels its streams whenever it goes or reconfigures; the stream's end is all there is to say
  }
}

function nextResponse(subscription: Subscription, snapshot: Snapshot): DiscoveryResponse | undefined {
  const offer = subscription.next((name) => snapshot.get(name)?.version);
  const entry = offer && snapshot.get(offer.name);
  if (offer === undefined || entry === undefined) return undefined;
  return create(DiscoveryResponseSchema, {
    versionInfo: offer.version,
    nonce: offer.nonce,
    typeUrl: SECRET_TYPE_URL,
    resources: [encodeSecret(offer.name, entry)],
  });
}
