import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { type Finding, warning } from './finding.ts';

/** What does not stop a start and may let a key out: core dumps, and swap under a tmpfs. Silence is good news. */
export async function checkCapacity({ delivery }: Pick<Config, 'delivery'>, proc = '/proc'): Promise<Finding[]> {
  const [limits, swaps] = await Promise.all([read(`${proc}/self/limits`), read(`${proc}/swaps`)]);
  const findings: Finding[] = [];
  const core = /^Max core file size\s+(\S+)/m.exec(limits)?.[1] ?? '0';
  if (core !== '0') {
    findings.push(warning('capacity', `core dumps are allowed (limit ${core}); the agent empties its own and Envoy's by coredump_filter`, 'set the core ulimit of the container to 0'));
  }
  if (delivery === 'files' && swaps.trim().split('\n').length > 1) {
    findings.push(warning('capacity', 'this machine swaps, and a tmpfs may be swapped out to disk with the key in it', 'use MTLS_DELIVERY=sds, turn swap off, or encrypt it'));
  }
  return findings;
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
