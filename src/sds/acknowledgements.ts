import { AgentError } from '../errors.ts';
import type { Observer } from './server.ts';

type Answer = { readonly version: string; readonly refusal: string | undefined };

/** What Envoy last answered for each secret, and who waits for which answer. */
export class Acknowledgements {
  readonly #answers = new Map<string, Answer>();
  readonly #waiting = new Set<() => void>();

  /** Hears of every NACK of a version that another stream has acknowledged already: nobody waits for an answer any more. */
  onLateRefusal: (error: AgentError) => void = () => undefined;

  /** Takes in what the streams say. */
  readonly observe: Observer = (_stream, heard) => {
    if (heard.kind !== 'acknowledged' && heard.kind !== 'refused') return;
    const before = this.#answers.get(heard.name);
    if (heard.kind === 'refused' && before?.version === heard.version && before.refusal === undefined) this.onLateRefusal(refused(heard.name, heard.message));
    this.#answers.set(heard.name, { version: heard.version, refusal: heard.kind === 'refused' ? heard.message : undefined });
    for (const check of [...this.#waiting]) check();
  };

  /** Resolves when `version` of `name` was acknowledged; throws `delivery-refused` with Envoy's words, or the signal's reason. */
  wait(name: string, version: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.#waiting.delete(check);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const check = (): void => {
        const answer = this.#answers.get(name);
        if (answer?.version !== version) return;
        if (answer.refusal === undefined) finish(resolve);
        else finish(() => reject(refused(name, answer.refusal)));
      };
      const abort = (): void => finish(() => reject(signal.reason as Error));
      this.#waiting.add(check);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      else check();
    });
  }
}

function refused(name: string, words = ''): AgentError {
  return new AgentError('delivery-refused', `Envoy refused the secret ${name}: ${words}`, {
    hint: 'the last good generation stays in force; a refusal of trust may mean that the identity beside it is bad',
    secret: name,
  });
}
