import type { OutgoingHttpHeaders } from 'node:http';
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

/** gRPC's own default. Envoy's first request lists its extensions in some 100 kB; a client that announces more is not Envoy. */
const LARGEST_REQUEST = 4_194_304;

/**
 * Envoy's Secret Discovery Service (SotW, envoy.service.secret.v3) over gRPC on a socket bound before. Each stream gets
 * what the snapshot holds of its names at once, and every change until it ends.
 */
export function serveSds(socket: BoundSocket, snapshot: Snapshot, observe: Observer): void {
  let streams = 0;
  const handler = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: LARGEST_REQUEST,
    fallback: unimplemented,
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

/** FetchSecrets, DeltaSecrets and whatever else: gRPC status 12, without which clients would guess from the HTTP status. */
function unimplemented(_request: unknown, response: { writeHead(status: number, headers: OutgoingHttpHeaders): { end(): unknown } }): void {
  response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'only StreamSecrets is served here' }).end();
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
  // what it ends with is told where the stream ends; a stream that is cancelled is asked no more
  listening.catch(() => undefined);
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
  for await (const { typeUrl, resourceNames, versionInfo, responseNonce, errorDetail } of requests) {
    // the service has one type, which may be left out; who asks for another gets no answer, and his stream lives on
    if (typeUrl !== '' && typeUrl !== SECRET_TYPE_URL) continue;
    heard(subscription.hear({ names: resourceNames, versionInfo, nonce: responseNonce, refusal: errorDetail?.message }));
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
