import type { Clock } from '../../clock.ts';
import type { HttpReply } from './http.ts';

/** What can happen to an answer on its way: by a proxy, a load balancer, or the network. */
export type Damage =
  /** Somebody else's page, with the status of a success. */
  | { readonly kind: 'wrong-body' }
  /** The first half, as if it were the whole. */
  | { readonly kind: 'half-body' }
  /** The first half, then the connection ends. */
  | { readonly kind: 'cut-body' }
  | { readonly kind: 'wrong-content-type' }
  /** Byte by byte. */
  | { readonly kind: 'slow-drip'; readonly everyMs: number }
  /** The connection ends without an answer. */
  | { readonly kind: 'reset' };

export function isDamage(fault: { readonly kind: string } | undefined): fault is Damage {
  return ['wrong-body', 'half-body', 'cut-body', 'wrong-content-type', 'slow-drip', 'reset'].includes(fault?.kind ?? '');
}

/** The answer as it arrives; `closing` ends what is slow. */
export function damaged(whole: HttpReply, damage: Damage, clock: Clock, closing: AbortSignal): HttpReply {
  const html = { ...whole.headers, 'content-type': 'text/html' };
  switch (damage.kind) {
    case 'wrong-body':
      return { ...whole, headers: html, body: '<html><body>Please log in</body></html>' };
    case 'half-body':
      return { ...whole, body: whole.body.slice(0, whole.body.length / 2) };
    case 'wrong-content-type':
      return { ...whole, headers: html };
    case 'cut-body':
      return { ...whole, transport: { kind: 'cut' } };
    case 'reset':
      return { ...whole, transport: { kind: 'reset' } };
    case 'slow-drip':
      return { ...whole, transport: { kind: 'drip', pause: () => clock.sleep(damage.everyMs, closing) } };
  }
}
