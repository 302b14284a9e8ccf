import type { TestProject } from 'vitest/node';
import { findMoto } from '../../build/moto.mjs';
import { startMoto } from './moto-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where moto listens; contract tests only. */
    readonly motoUrl: string;
  }
}

/** One moto for the whole run: starting it takes a second. A moto that cannot be had is one clear error, never a skipped test. */
export default async function provideMoto(project: TestProject): Promise<() => Promise<void>> {
  const moto = await startMoto(await findMoto());
  project.provide('motoUrl', moto.url);
  return () => moto.stop();
}
