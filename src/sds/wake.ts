/** Lets one waiter sleep until something happened; what happens while nobody waits is kept, several times as one. */
export class Wake {
  #rung = false;
  #ended = false;
  #resolve: (() => void) | undefined;

  /** Something happened. */
  ring(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  /** Nothing will happen any more. */
  end(): void {
    this.#ended = true;
    this.ring();
  }

  /** Resolves with true after a ring, with false after the end. */
  async wait(): Promise<boolean> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#rung = false;
    this.#resolve = undefined;
    return !this.#ended;
  }
}
