// The library's dependency injection wants the reflection polyfill in place before its first line runs.
import 'reflect-metadata';

/** `@peculiar/x509`, ready for use. Import it from here only. Demo and tests; never in the agent's bundle. */
export * from '@peculiar/x509';
