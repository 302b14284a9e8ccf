import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { Any } from '@bufbuild/protobuf/wkt';
import { type DataSource, DataSourceSchema, SecretSchema } from './gen/secret_pb.ts';
import type { SnapshotEntry } from './snapshot.ts';

export const SECRET_TYPE_URL = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** A secret as Envoy reads it, made at the moment it is sent so that no encoded key stays behind. */
export function encodeSecret(name: string, { material, revision }: SnapshotEntry): Any {
  // Envoy ignores a push whose bytes equal the refused ones, yet ACKs it; text before a PEM block changes only the bytes
  const preamble = revision === 0 ? '' : `revision ${revision}\n`;
  const secret =
    material.kind === 'identity'
      ? create(SecretSchema, {
          name,
          type: {
            case: 'tlsCertificate',
            value: {
              certificateChain: inline(preamble + material.chainPem),
              privateKey: inline(material.key.export({ type: 'pkcs8', format: 'pem' })),
            },
          },
        })
      : create(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(preamble + material.pem), onlyVerifyLeafCertCrl: material.revocation.length > 0 } } });
  return anyPack(SecretSchema, secret);
}

/** Overwrites the bytes that were sent. */
export function wipe(resource: Any): void {
  resource.value.fill(0);
}

function inline(text: string | Buffer): DataSource {
  return create(DataSourceSchema, { specifier: { case: 'inlineBytes', value: Buffer.from(text) } });
}

