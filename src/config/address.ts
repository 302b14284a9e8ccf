import type { HostPort } from './config.ts';
import { quote } from './quote.ts';

/** `127.0.0.1:9902`, `localhost:0`, `[::1]:9902`. Port 0 lets the kernel choose. */
export function parseHostPort(given: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(given);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new Error(`${quote(given)} is not an address, expected HOST:PORT, for example 127.0.0.1:9902 or [::1]:9902`);
  }
  return { host, port };
}

/** Envoy's admin, as written: `HOST:PORT` or `unix:/absolute/path`. */
export function parseAdminAddress(given: string): string {
  if (/^unix:\/[^\s]*$/.test(given)) return given;
  try {
    parseHostPort(given);
  } catch (cause) {
    throw new Error(`${quote(given)} is not an address, expected HOST:PORT or unix:/absolute/path`, { cause });
  }
  return given;
}

/** Whether a URL's host never leaves the machine: `localhost` and below (RFC 6761), 127.0.0.0/8, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
