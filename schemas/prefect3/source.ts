/**
 * The kinds of source that plans of Prefect 3 depend on, read from the API.
 *
 * @module
 */

import type { Source } from "../plan/source.ts";

/**
 * A block document, by type and name or by id. Reading: `json` with `id` (text), `type` (slug of its block type), `name` (null
 * for a block without one) and `data` (an object, secrets in clear); `absent` where the API has none. Whoever reads it tells
 * the redactor every text in `data`.
 */
export type BlockSource =
  & Source
  & { readonly kind: "prefect3Block" }
  & ({ readonly type: string; readonly name: string } | { readonly id: string });

/** A Prefect variable. Reading: `json` with `value` (any JSON); `absent` where the API has none. */
export interface VariableSource extends Source {
  readonly kind: "prefect3Variable";
  readonly name: string;
}

/** A source that the API of Prefect 3 answers. */
export type Prefect3Source = BlockSource | VariableSource;

/** Whether a source is of one of these kinds. */
export function isPrefect3Source(source: Source): source is Prefect3Source {
  return source.kind === "prefect3Block" || source.kind === "prefect3Variable";
}

/** The source that is a block of a type (`aws-credentials`) and a name. */
export function blockByName(type: string, name: string): BlockSource {
  return { kind: "prefect3Block", key: `block:${type}/${name}`, namedBy: "run", type, name };
}

/** The source that is the block with an id. */
export function blockById(id: string): BlockSource {
  return { kind: "prefect3Block", key: `block:${id}`, namedBy: "run", id };
}

/** The source that is a Prefect variable. */
export function prefectVariable(name: string): VariableSource {
  return { kind: "prefect3Variable", key: `variable:${name}`, namedBy: "run", name };
}
