/** Environment variables, passed in by the entry point. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Without the empty ones: compose files and task templates write an unset variable as an empty one. */
export function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
