import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { knock, mutualIntruders } from '../../src/demo/intruders.ts';
import { DELIVERIES, startMesh } from '../fixtures/running-mesh.ts';

const LISTENER = 'listener.0.0.0.0_15000';
const never = new AbortController().signal;

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('none, of another CA, expired, with another key, of another name: no byte of an answer, no request at the application (promises 2-4, 95)', async () => {
    const { aws, app, ports, teller, authorities, first } = await startMesh({ delivery });
    const intruders = await mutualIntruders(aws.privateCa.authority(authorities.gateway), first.gateway.issued, systemClock.now());
    const plaintext = { name: 'plain HTTP', identity: undefined, plaintext: true, counter: 'ssl.connection_error' };
    const refusals = await knock([...intruders, plaintext], ports.teller, LISTENER, teller.envoy, systemClock, never);
    expect(refusals.map(({ name, refused }) => [name, refused])).toEqual([...intruders, plaintext].map(({ name }) => [name, true]));
    expect(app.requests).toBe(0);
    expect(await teller.counter(`${LISTENER}.ssl.handshake`)).toBe(0);
  });

  test('the same knock with the genuine certificate and its key is answered (promise 94)', async () => {
    const { app, ports, teller, first } = await startMesh({ delivery });
    const genuine = { name: 'genuine', identity: first.gateway.issued, counter: 'ssl.handshake' };
    const [outcome] = await knock([genuine], ports.teller, LISTENER, teller.envoy, systemClock, never);
    expect(outcome).toMatchObject({ refused: false, moved: 1 });
    expect(app.requests).toBe(1);
  });
});
