/**
 * What the run configs of all agents have in common.
 *
 * @see Prefect 1.4.1 `prefect.run_configs`
 * @module
 */

import type * as v from "valibot";
import { badFlowRun } from "../flow_run/bad_flow_run.ts";
import type { JsonObject } from "../json/json.ts";
import { filledText, kindOf } from "../json/shape.ts";
import { environmentText } from "./environment_text.ts";
import type { FlowRun } from "./flow_run.ts";

/**
 * The members of a flow run's config: all of an agent's own type, variables and labels of a `UniversalRun`, none without one.
 *
 * @param own the agent's own type, such as `ECSRun`
 * @throws {FailureError} `badFlowRun` for a config of another type
 */
export function runConfigMembers(run: FlowRun, own: string): JsonObject {
  const config = run.runConfig ?? { type: own };
  const type = filledText(config.type);
  if (type === undefined) {
    throw badFlowRun(run, "run_config.type", `is missing; it must be ${own} or UniversalRun`);
  }
  if (type === "UniversalRun") return universal(config);
  if (type === own) return config;
  throw badFlowRun(
    run,
    "run_config.type",
    "was refused",
    `Flow run ${run.id} has a \`run_config\` of type \`${type}\`, only \`${own}\` is supported`,
  );
}

/** Of a `UniversalRun` only these two fields are read. */
function universal({ env, labels }: JsonObject): JsonObject {
  return { ...(env === undefined ? {} : { env }), ...(labels === undefined ? {} : { labels }) };
}

/** What is wrong with a member. @param wanted what each must be that is no text */
export function wrongMember(
  run: FlowRun,
  config: JsonObject,
  issues: readonly v.BaseIssue<unknown>[],
  wanted: Readonly<Record<string, string>>,
): Error {
  const path = issues[0]?.path?.[0]?.key;
  const name = typeof path === "string" ? path : "";
  const found = kindOf(config[name]);
  return badFlowRun(run, `run_config.${name}`, `must be ${wanted[name] ?? "text"}, not ${found}`);
}

/** Variables as text, in order. @throws {FailureError} `badFlowRun` that names one without a text */
export function runConfigVariables(run: FlowRun, env: JsonObject): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(env)) {
    const shown = environmentText(value);
    if ("problem" in shown) throw badFlowRun(run, `run_config.env.${name}`, shown.problem);
    if (shown.text !== undefined) pairs.push([name, shown.text]);
  }
  return Object.fromEntries(pairs);
}
