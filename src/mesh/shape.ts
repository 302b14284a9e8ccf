/**
 * The vocabulary in which resources.ts writes down what a definition may hold. A shape is data, walked by check.ts,
 * and the type of what it admits is derived from it, so that table and translator cannot drift apart.
 */
export type Fields = Readonly<Record<string, Shape>>;

export type Shape =
  | { readonly type: 'string'; readonly what: string; readonly pattern: RegExp; readonly max: number; readonly hint: string | null }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'list'; readonly item: Shape; readonly min: number; readonly max: number }
  | { readonly type: 'object'; readonly required: Fields; readonly optional: Fields }
  | { readonly type: 'union'; readonly members: Fields }
  | { readonly type: 'record'; readonly key: RegExp; readonly keyWhat: string; readonly value: Shape }
  | { readonly type: 'ignored' };

export type Infer<S> = S extends { type: 'string' }
  ? string
  : S extends { type: 'integer' }
    ? number
    : S extends { type: 'boolean' }
      ? boolean
      : S extends { type: 'choice'; values: readonly (infer V)[] }
        ? V
        : S extends { type: 'list'; item: infer I }
          ? readonly Infer<I>[]
          : S extends { type: 'object'; required: infer R; optional: infer O }
            ? { readonly [K in keyof R]: Infer<R[K]> } & { readonly [K in keyof O]?: Infer<O[K]> }
            : S extends { type: 'union'; members: infer M }
              ? { [K in keyof M]: { readonly [P in K]: Infer<M[P]> } & { readonly [P in Exclude<keyof M, K>]?: undefined } }[keyof M]
              : S extends { type: 'record'; value: infer V }
                ? Readonly<Record<string, Infer<V>>>
                : unknown;

/** A non-empty string; `what` names it in messages. The pattern must match the whole. */
export function string(what: string, max: number, pattern = /^[^\s]+$/, hint: string | null = null) {
  return { type: 'string', what, pattern, max, hint } as const;
}

export function integer(min: number, max: number) {
  return { type: 'integer', min, max } as const;
}

export const boolean = { type: 'boolean' } as const;

export function choice<const V extends readonly string[]>(...values: V) {
  return { type: 'choice', values } as const;
}

export function list<const I extends Shape>(item: I, min: number, max: number) {
  return { type: 'list', item, min, max } as const;
}

export function object<const R extends Fields>(required: R) {
  return { type: 'object', required, optional: {} } as const;
}

export function objectWith<const R extends Fields, const O extends Fields>(required: R, optional: O) {
  return { type: 'object', required, optional } as const;
}

/** An object with exactly one member (the API's tagged unions). */
export function union<const M extends Fields>(members: M) {
  return { type: 'union', members } as const;
}

export function record<const V extends Shape>(key: RegExp, keyWhat: string, value: V) {
  return { type: 'record', key, keyWhat, value } as const;
}

/** Belongs to the API request but says nothing about traffic (tags, idempotency tokens). */
export const ignored = { type: 'ignored' } as const;
