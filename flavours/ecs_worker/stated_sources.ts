/**
 * Where what a job configuration states came from.
 *
 * @module
 */

import type { FieldSource } from "../../schemas/plan/field_source.ts";

/** One step of the way to a value of a request. */
export type Step =
  | { readonly member: string }
  /** `id`: name or key of the item, which names it better than its place; null: it has none. */
  | { readonly index: number; readonly id: string | null };

/** Sources of what was stated; null: nobody stated it, the worker made it. */
export interface StatedSources {
  /** Of a value below a member of `job_configuration`, as a request names its parts. */
  readonly at: (member: string, steps: readonly Step[]) => FieldSource | null;
  /** Of a variable of the flow's container. */
  readonly variable: (name: string) => FieldSource | null;
  /** Of a label, by the name it was given. */
  readonly label: (name: string) => FieldSource | null;
}
