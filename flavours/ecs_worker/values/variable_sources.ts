/**
 * Who stated a job variable, or a member of one: the flow run, its deployment, or the pool's template by a default.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { Deployment, FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { keysOf } from "./paths.ts";

/** Variables of one of both, those of the run first. */
interface Layer {
  readonly variables: JsonObject;
  readonly source: FieldSource;
}

/**
 * The rules are those by which variables are put together: what is given whole wins over what is given by dots, a run's
 * variable replaces the deployment's, and of two `env` each member is the run's where the run has it.
 *
 * @param keys the name of the variable, and the members that lead to the value
 */
export function sourceOfVariable(
  run: FlowRun,
  deployment: Deployment | null,
  keys: readonly string[],
): FieldSource {
  const [name = "", ...members] = keys;
  const layers = layersOf(run, deployment, name);
  const whole = layers.filter(({ variables }) => own(variables, name) !== undefined);
  const inForce = name === "env" ? whole : whole.slice(0, 1);
  const stated = inForce.find(({ variables }) => hasAt(own(variables, name), members)) ??
    byDots(layers, keys) ?? whole[0];
  return stated?.source ?? { from: "default", name: `variable ${name} of work pool ${run.pool.name}` };
}

function layersOf(run: FlowRun, deployment: Deployment | null, name: string): readonly Layer[] {
  const ofRun: Layer = {
    variables: run.jobVariables,
    source: { from: "flow run", name: `job variable ${name}` },
  };
  if (deployment === null) return [ofRun];
  const source: FieldSource = { from: "deployment", name: `job variable ${name} of ${deployment.name}` };
  return [ofRun, { variables: deployment.jobVariables, source }];
}

/** The name with dots that says most of the path; of two the run's. */
function byDots(layers: readonly Layer[], keys: readonly string[]): Layer | undefined {
  let best: { readonly layer: Layer; readonly length: number } | undefined;
  for (const layer of layers) {
    for (const name of Object.keys(layer.variables)) {
      if (!name.includes(".") || own(layer.variables, name) === undefined) continue;
      const path = keysOf(name);
      const length = Math.min(path.length, keys.length);
      if (path.slice(0, length).some((key, index) => key !== keys[index])) continue;
      if (best === undefined || length > best.length) best = { layer, length };
    }
  }
  return best?.layer;
}

function hasAt(value: Json | undefined, members: readonly string[]): boolean {
  let at = value;
  for (const member of members) at = own(at, member);
  return at !== undefined;
}

function own(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isJsonObject(value)) return Object.hasOwn(value, name) ? value[name] : undefined;
  return /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined;
}
