/** What a DiscoveryRequest says, without its encoding. */
export interface Request {
  readonly names: readonly string[];
  readonly versionInfo: string;
  readonly nonce: string;
  /** `error_detail.message` of a NACK. */
  readonly refusal: string | undefined;
}

/** What a request meant. */
export type Heard =
  | { readonly kind: 'subscribed'; readonly names: readonly string[] }
  | { readonly kind: 'acknowledged'; readonly name: string; readonly version: string }
  | { readonly kind: 'refused'; readonly name: string; readonly version: string; readonly message: string }
  | { readonly kind: 'stale' };

/** A response to send: one resource, its version and the nonce that the answer will carry. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  readonly nonce: string;
}

/**
 * One state-of-the-world stream (xDS protocol, "ACK/NACK and resource type instance version"), without I/O. One response
 * is under way at a time, each with one resource, so an unchanged root is not sent along with a renewed leaf. A NACK is
 * told by `error_detail`, never by versions, and is followed by silence until there is another version.
 */
export class Subscription {
  #names: readonly string[] = [];
  /** Sent and not answered yet. */
  #pending: Offer | undefined;
  #lastNonce = '';
  #count = 0;
  readonly #sent = new Map<string, string>();

  /** Takes a request in and says what it meant. */
  hear({ names, nonce, refusal }: Request): Heard {
    // the first request of a stream has no nonce; any later one must carry the nonce of what was sent last
    if (nonce !== this.#lastNonce) return { kind: 'stale' };
    const answered = this.#pending;
    this.#pending = undefined;
    this.#subscribe(names);
    if (answered === undefined) return { kind: 'subscribed', names: this.#names };
    const { name, version } = answered;
    return refusal === undefined ? { kind: 'acknowledged', name, version } : { kind: 'refused', name, version, message: refusal };
  }

  /** The next response, given the version that each name has now; undefined while there is nothing new or no answer yet. */
  next(versionOf: (name: string) => string | undefined): Offer | undefined {
    if (this.#pending !== undefined) return undefined;
    for (const name of this.#names) {
      const version = versionOf(name);
      // never an empty answer: Envoy keeps waiting for a secret that is not there yet, and keeps serving one that was
      if (version === undefined || version === this.#sent.get(name)) continue;
      this.#sent.set(name, version);
      this.#count += 1;
      this.#lastNonce = String(this.#count);
      this.#pending = { name, version, nonce: this.#lastNonce };
      return this.#pending;
    }
    return undefined;
  }

  /** A name that was given up and is asked for again is answered again. */
  #subscribe(names: readonly string[]): void {
    this.#names = [...new Set(names)];
    for (const name of this.#sent.keys()) if (!this.#names.includes(name)) this.#sent.delete(name);
  }
}
