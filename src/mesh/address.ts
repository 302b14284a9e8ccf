/** A socket address; `host` is an IP address without brackets, or a name where that is allowed. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Splits `HOST:PORT`, whose form has been checked. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isIp(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}

const WILDCARDS = ['0.0.0.0', '::'];

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Whether a listener on `bind` and another program on `other` of the same machine would need the same socket. */
export function collides(bind: Address, other: Address): boolean {
  if (bind.port !== other.port) return false;
  return bind.host === other.host || (WILDCARDS.includes(bind.host) && isLoopback(other.host));
}

/** Where a listener can be dialled from the same machine. */
export function dialable({ host, port }: Address): Address {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}
