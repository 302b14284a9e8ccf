import { expect, test } from 'vitest';
import type { EnvoyAdmin } from '../../src/envoy/admin.ts';
import type { EnvoyExit, EnvoyProcess } from '../../src/envoy/process.ts';
import { inFlight, shutDown, type ShutdownOutcome } from '../../src/envoy/shutdown.ts';
import { FakeClock, settle } from '../fixtures/fake-clock.ts';

/** A stage for one shutdown: what Envoy is told, in order and with the time; `dies` tells which signals end it. */
class Stage {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly now = new AbortController();
  inFlight = 0;
  reachable = true;
  dies: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'];
  end: (exit: EnvoyExit) => void = () => undefined;
  readonly envoy: EnvoyProcess;
  readonly #admin: EnvoyAdmin;
  #last = '';

  constructor() {
    const exited = new Promise<EnvoyExit>((resolve) => (this.end = resolve));
    this.envoy = {
      pid: 1,
      exited,
      signal: (name) => {
        this.#tell(name);
        if (this.dies.includes(name)) this.end(name === 'SIGKILL' ? { code: null, signal: name } : { code: 0, signal: null });
      },
    };
    this.#admin = { address: 'unix:x', get: (path) => this.#answer(path), post: (path) => this.#answer(path), state: () => Promise.resolve('LIVE') };
  }

  start(drainMs: number, noticeMs = 0): Promise<ShutdownOutcome> {
    return shutDown({ envoy: this.envoy, admin: this.#admin, clock: this.clock, drainMs, noticeMs, now: this.now.signal });
  }

  #answer(path: string): Promise<string> {
    if (!this.reachable) return Promise.reject(new Error('connect ENOENT'));
    this.#tell(path.startsWith('/stats') ? 'poll' : path);
    return Promise.resolve(`http.ingress.downstream_rq_active: ${this.inFlight}\nhttp.admin.downstream_cx_active: 1\n`);
  }

  /** Repeated polls are one entry. */
  #tell(what: string): void {
    const entry = what === 'poll' ? what : `${what} at ${this.clock.monotonicMs()}`;
    if (entry !== this.#last) this.told.push(entry);
    this.#last = entry;
  }
}

const GRACEFUL = ['/healthcheck/fail at 0', '/drain_listeners?graceful at 0', 'poll'];

test('fails health checks, drains, waits a quiet second, then ends Envoy', async () => {
  const stage = new Stage();
  const over = stage.start(20_000);
  await stage.clock.advance(5_000);
  expect(await over).toEqual({ exit: { code: 0, signal: null }, drained: true, killed: false });
  expect(stage.told).toEqual([...GRACEFUL, 'SIGTERM at 1000']);
});

test('the quiet second begins when the last request is over', async () => {
  const stage = new Stage();
  stage.inFlight = 2;
  const over = stage.start(20_000);
  await stage.clock.advance(3_100);
  stage.inFlight = 0;
  await stage.clock.advance(5_000);
  expect(await over).toMatchObject({ drained: true });
  expect(stage.told).toEqual([...GRACEFUL, 'SIGTERM at 4200']);
});

test('balancers get their time before listeners drain', async () => {
  const stage = new Stage();
  const over = stage.start(20_000, 10_000);
  await stage.clock.advance(15_000);
  expect(await over).toMatchObject({ drained: true });
  expect(stage.told).toEqual(['/healthcheck/fail at 0', '/drain_listeners?graceful at 10000', 'poll', 'SIGTERM at 11000']);
});

test('balancers that need longer than the drain may take do not lengthen it', async () => {
  const stage = new Stage();
  const over = stage.start(3_000, 10_000);
  await stage.clock.advance(10_000);
  expect(await over).toMatchObject({ drained: false, killed: false });
  expect(stage.told).toEqual(['/healthcheck/fail at 0', 'SIGTERM at 3000']);
});

test('a request that never ends is cut at the drain limit', async () => {
  const stage = new Stage();
  stage.inFlight = 1;
  const over = stage.start(3_000);
  await stage.clock.advance(10_000);
  expect(await over).toMatchObject({ drained: false, killed: false });
  expect(stage.told).toEqual([...GRACEFUL, 'SIGTERM at 3000']);
});

test('a second request to stop means now', async () => {
  const stage = new Stage();
  stage.inFlight = 1;
  const over = stage.start(20_000);
  await stage.clock.advance(700);
  stage.now.abort(new Error('SIGTERM'));
  await settle();
  expect(await over).toMatchObject({ drained: false });
  expect(stage.told).toEqual([...GRACEFUL, 'SIGTERM at 700']);
});

test('an Envoy that ignores SIGTERM is killed two seconds later', async () => {
  const stage = new Stage();
  stage.dies = ['SIGKILL'];
  const over = stage.start(0);
  await stage.clock.advance(2_000);
  expect(await over).toEqual({ exit: { code: null, signal: 'SIGKILL' }, drained: false, killed: true });
  expect(stage.told).toEqual(['SIGTERM at 0', 'SIGKILL at 2000']);
});

test('an admin out of reach leaves nothing to drain by', async () => {
  const stage = new Stage();
  stage.reachable = false;
  expect(await stage.start(20_000)).toMatchObject({ drained: false, killed: false });
  expect(stage.told).toEqual(['SIGTERM at 0']);
});

test('an Envoy that ends by itself during the drain ends the wait with its own exit', async () => {
  const stage = new Stage();
  stage.inFlight = 1;
  const over = stage.start(20_000);
  await stage.clock.advance(700);
  stage.end({ code: 134, signal: null });
  await settle();
  expect(await over).toEqual({ exit: { code: 134, signal: null }, drained: false, killed: false });
});

test("the admin's own connection is not in flight", () => {
  const stats = 'http.admin.downstream_cx_active: 1\nlistener.admin.main_thread.downstream_cx_active: 1\nlistener.0.0.0.0_15000.downstream_cx_active: 2\n';
  expect(inFlight(stats)).toBe(2);
});
