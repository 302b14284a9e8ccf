import { collides, formatAddress, parseAddress, type Address } from './address.ts';
import type { Collection, Held } from './collection.ts';

/** Where a listener of the definition is on this machine. */
export interface Site {
  /** What Envoy binds: every address, as App Mesh's Envoy did, unless the placement says otherwise. */
  readonly bind: Address;
  /** Where clients dial; undefined: the discovery name and the definition's port. */
  readonly reach: Address | undefined;
}

/** The site of an endpoint's listener; a placement of another port is reported. */
export function siteOf(endpoint: string, port: number, collection: Collection): Site {
  const placement = collection.find('placement', endpoint);
  const { listen, reach } = placement?.definition ?? {};
  if (placement) {
    for (const [field, ports] of Object.entries({ listen, reach })) checkPorts(field, ports ?? {}, endpoint, port, placement, collection);
  }
  const bind = listen?.[port];
  const dial = reach?.[port];
  return { bind: bind === undefined ? { host: '0.0.0.0', port } : parseAddress(bind), reach: dial === undefined ? undefined : parseAddress(dial) };
}

function checkPorts(field: string, ports: Readonly<Record<string, string>>, endpoint: string, port: number, placement: Held<'placement'>, collection: Collection): void {
  for (const key of Object.keys(ports).filter((candidate) => Number(candidate) !== port)) {
    collection.report('name-unknown', placement, [field, key], `${endpoint} has no listener port ${key}`, `its listener port is ${port}`);
  }
}

/** Where the node's application listens: by default where its definition says, on loopback. Sharing Envoy's own socket is reported. */
export function appOf(node: Held<'virtualNode'>, port: number, bind: Address, collection: Collection): Address {
  const placement = collection.find('placement', node.identity);
  const written = placement?.definition.app;
  const app = written === undefined ? { host: '127.0.0.1', port } : parseAddress(written);
  // a malformed placement is reported already; what it meant is unknown
  const known = placement !== undefined || !collection.has(`placement/${node.identity}`);
  if (known && collides(bind, app)) {
    const message = `envoy would bind ${formatAddress(bind)}, where the application listens on ${formatAddress(app)}`;
    const hint = `give one of them another port: {"placement": {"${node.identity}": {"app": "127.0.0.1:PORT"}}}`;
    if (placement && written !== undefined) collection.report('address-conflict', placement, ['app'], message, hint);
    else collection.report('address-conflict', node, ['spec', 'listeners', 0, 'portMapping', 'port'], message, hint);
  }
  return app;
}

/** Placements must belong to an endpoint, and only a node has an application or is dialled by name. */
export function checkPlacements(collection: Collection): void {
  for (const placement of collection.all('placement')) {
    const endpoint = placement.identity.slice('placement/'.length);
    if (!/^virtual(Node|Gateway)\//.test(endpoint) || !collection.has(endpoint)) {
      collection.report('name-unknown', placement, [], `${endpoint} is not an endpoint of this mesh`, 'virtualNode/NAME or virtualGateway/NAME');
    }
    if (endpoint.startsWith('virtualGateway/')) refuseOnGateway(placement, collection);
  }
}

function refuseOnGateway(placement: Held<'placement'>, collection: Collection): void {
  for (const field of ['app', 'reach'] as const) {
    if (placement.definition[field] === undefined) continue;
    collection.report('field-unknown', placement, [field], `${field} means nothing on a virtual gateway: nothing in the mesh dials it`, 'known here: listen');
  }
}
