/**
 * Values that must never be printed: API keys, tokens, credentials, environment values.
 *
 * @module
 */

/** What is shown in place of a secret. */
export const HIDDEN = "(hidden)";

/** A text that shows as {@link HIDDEN} when it is printed, inspected or turned into JSON. */
export class Secret {
  readonly #value: string;

  /** @param value the text to hide */
  constructor(value: string) {
    this.#value = value;
  }

  /** The text itself; call this only while building the request that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** Never the value. */
  toString(): string {
    return HIDDEN;
  }

  /** Never the value. */
  toJSON(): string {
    return HIDDEN;
  }

  /** Never the value, in `console.log` and `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return HIDDEN;
  }
}
