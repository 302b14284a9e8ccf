import { describe, expect, it } from 'vitest';
import { type Offer, type Request, Subscription } from '../../src/sds/subscription.ts';

const request = (changes: Partial<Request> = {}): Request => ({ names: ['identity'], versionInfo: '', nonce: '', refusal: undefined, ...changes });
const versions = (held: Record<string, string>) => (name: string) => held[name];

/** A stream that has asked for `identity` and was sent version `v1`. */
function sent(): { subscription: Subscription; offer: Offer } {
  const subscription = new Subscription();
  subscription.hear(request());
  const offer = subscription.next(versions({ identity: 'v1' }));
  if (offer === undefined) throw new Error('nothing was sent');
  return { subscription, offer };
}

describe('an SDS stream', () => {
  it('is answered at once with what is held', () => {
    expect(sent().offer).toMatchObject({ name: 'identity', version: 'v1' });
  });

  it('is answered as soon as a secret appears that was not there when it was asked for', () => {
    const subscription = new Subscription();
    subscription.hear(request());
    expect(subscription.next(versions({}))).toBeUndefined();
    expect(subscription.next(versions({ identity: 'v1' }))).toMatchObject({ version: 'v1' });
  });

  it('says which version was acknowledged', () => {
    const { subscription, offer } = sent();
    expect(subscription.hear(request({ nonce: offer.nonce, versionInfo: 'v1' }))).toEqual({ kind: 'acknowledged', name: 'identity', version: 'v1' });
    expect(subscription.next(versions({ identity: 'v1' }))).toBeUndefined();
  });

  it('waits for the answer before it sends the next version', () => {
    const { subscription, offer } = sent();
    expect(subscription.next(versions({ identity: 'v2' }))).toBeUndefined();
    subscription.hear(request({ nonce: offer.nonce, versionInfo: 'v1' }));
    expect(subscription.next(versions({ identity: 'v2' }))).toMatchObject({ version: 'v2' });
  });

  it('keeps silent after a refusal until there is another version, and does not spin', () => {
    const { subscription, offer } = sent();
    const heard = subscription.hear(request({ nonce: offer.nonce, versionInfo: '', refusal: 'KEY_VALUES_MISMATCH' }));
    expect(heard).toEqual({ kind: 'refused', name: 'identity', version: 'v1', message: 'KEY_VALUES_MISMATCH' });
    expect(subscription.next(versions({ identity: 'v1' }))).toBeUndefined();
    expect(subscription.next(versions({ identity: 'v2' }))).toMatchObject({ version: 'v2' });
  });

  it('tells a refusal by its error detail even when the version looks accepted', () => {
    const { subscription, offer } = sent();
    expect(subscription.hear(request({ nonce: offer.nonce, versionInfo: 'v1', refusal: 'no' })).kind).toBe('refused');
  });

  it('ignores an answer to something sent earlier, also when it names other secrets', () => {
    const { subscription } = sent();
    expect(subscription.hear(request({ nonce: 'stale', names: ['other'] }))).toEqual({ kind: 'stale' });
    expect(subscription.next(versions({ other: 'v1' }))).toBeUndefined();
  });

  it('sends an unchanged root not again when the leaf changes', () => {
    const subscription = new Subscription();
    subscription.hear(request({ names: ['trust', 'identity'] }));
    for (const held of [{ trust: 't1', identity: 'i1' }, { trust: 't1', identity: 'i1' }]) {
      const offer = subscription.next(versions(held));
      subscription.hear(request({ names: ['trust', 'identity'], nonce: offer?.nonce ?? '' }));
    }
    expect(subscription.next(versions({ trust: 't1', identity: 'i2' }))).toMatchObject({ name: 'identity', version: 'i2' });
  });

  it('answers a name again that was given up and is asked for anew', () => {
    const { subscription, offer } = sent();
    subscription.hear(request({ nonce: offer.nonce, names: [] }));
    expect(subscription.hear(request({ nonce: offer.nonce, names: ['identity'] })).kind).toBe('subscribed');
    expect(subscription.next(versions({ identity: 'v1' }))).toMatchObject({ version: 'v1' });
  });
});
