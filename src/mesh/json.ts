/** A piece of Envoy configuration, with the field names of its protobuf messages. Keys keep the order in which they are written. */
export type Json = string | number | boolean | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json;
}
