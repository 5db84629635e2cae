/**
 * Type arguments for libraries that take them as values.
 *
 * @module
 */

/**
 * A value that exists for the type checker only; XState's `setup({ types })` reads its type and never the value.
 *
 * @returns undefined at run time
 */
export function typeArgument<T>(): T {
  return undefined as T; // the one cast: there is no value of every type
}
