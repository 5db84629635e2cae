/**
 * A plan as it may be shown: every field with where it came from, secrets by name only.
 *
 * @module
 */

import { type ExplainedField, explainFields, type FieldLook } from "../explain/explained_fields.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { escapedName } from "../json/pointer.ts";
import { isList } from "../json/shape.ts";
import type { DefinitionPlan, LaunchPlan } from "./launch_plan.ts";
import type { FieldSource } from "../plan/field_source.ts";
import type { Redactor } from "../secrets/redact.ts";
import { HIDDEN } from "../secrets/secret.ts";

/** One request that would be sent. */
export interface ExplainedRequest {
  readonly operation: "RegisterTaskDefinition" | "RunTask";
  readonly fields: readonly ExplainedField[];
}

/** A plan without secrets. */
export interface Explanation {
  readonly flavour: string;
  /** Null: a flow run that there is not yet. */
  readonly flowRunId: string | null;
  readonly flowName: string;
  /** How the task definition would be found or made, in one sentence. */
  readonly definition: string;
  readonly requests: readonly ExplainedRequest[];
  readonly warnings: readonly string[];
  /** Why AWS would refuse the requests; empty: nothing is known. */
  readonly problems: readonly string[];
}

/** What is explained. */
export interface Explained {
  readonly flavour: string;
  readonly run: { readonly id: string | null; readonly flow: { readonly name: string } };
  readonly plan: LaunchPlan;
  /** Where settings came from, by the variable that carries them into a run. */
  readonly origins: ReadonlyMap<string, FieldSource>;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
  readonly redact: Pick<Redactor, "text" | "json">;
}

/** Explains a plan. No value of a variable, password, token or key gets into the answer. */
export function explainPlan(
  { flavour, run, plan, origins, warnings, problems, redact }: Explained,
): Explanation {
  const { definition } = plan;
  const look: Look = { fields: { sources: plan.sources(), origins, platform: "AWS" }, redact };
  const register = definition.how === "existing" ? [] : [
    explained(
      "RegisterTaskDefinition",
      { value: definition.request, pointer: "/registerTaskDefinition" },
      look,
    ),
  ];
  return {
    flavour,
    flowRunId: run.id,
    flowName: redact.text(run.flow.name),
    definition: redact.text(definitionSentence(named(definition, look.fields.sources))),
    requests: [
      ...register,
      explained("RunTask", { value: withNamed(plan, look.fields.sources), pointer: "/runTask" }, look),
    ],
    warnings: [...warnings, ...plan.warnings, ...(plan.hints ?? []).map(({ text }) => text)].map(redact.text),
    problems: problems.map(redact.text),
  };
}

/** RunTask with the definition that it names, where the plan knows who named it. */
function withNamed({ definition, runTask }: LaunchPlan, sources: FieldLook["sources"]): JsonObject {
  return definition.how === "existing" && sources[NAMED_AT] !== undefined
    ? { ...runTask, taskDefinition: definition.name }
    : runTask;
}

const NAMED_AT = "/runTask/taskDefinition";

/** With the name hidden where it may be secret. */
function named(plan: DefinitionPlan, sources: FieldLook["sources"]): DefinitionPlan {
  const isHidden = (pointer: string) => sources[pointer]?.isHidden === true;
  if (plan.how === "existing" && isHidden(NAMED_AT)) return { ...plan, name: HIDDEN };
  return plan.how === "byDigest" && isHidden("/registerTaskDefinition/family")
    ? { ...plan, family: HIDDEN }
    : plan;
}

/** How a definition would be found or made. */
export function definitionSentence(plan: DefinitionPlan): string {
  switch (plan.how) {
    case "existing":
      return `runs ${plan.name} as it is, registers nothing`;
    case "perRun":
      return `registers a definition for this run in family ${plan.request.family} and deregisters it afterwards`;
    case "byDigest":
      return `reuses the newest revision of family ${plan.family} whose tag prefect-agent:digest is ${plan.digest}` +
        `${plan.byMeaning === true ? " or that means the same" : ""}, else registers one`;
    case "byFamily":
      return `reuses family ${plan.family} without comparing if it is active, else registers it` + bare(plan);
    case "byFlowVersion":
      return `reuses the revision of family ${plan.family} tagged for flow ${plan.flowId}, version ` +
        `${plan.flowVersion}, else registers one${bare(plan)}`;
  }
}

function bare({ runByFamily }: { readonly runByFamily: boolean }): string {
  return runByFamily ? "; RunTask names the bare family" : "";
}

interface Look {
  readonly fields: FieldLook;
  readonly redact: Pick<Redactor, "text" | "json">;
}

/** A value with its place in the request. */
interface Place {
  readonly value: JsonObject;
  readonly pointer: string;
}

function explained(operation: ExplainedRequest["operation"], place: Place, look: Look): ExplainedRequest {
  const value = look.redact.json(withoutHidden(place.value, place.pointer, look.fields.sources));
  return { operation, fields: isJsonObject(value) ? explainFields(value, place.pointer, look.fields) : [] };
}

/** Values whose source may hold secrets are hidden, however short they are. */
function withoutHidden(value: Json, pointer: string, sources: FieldLook["sources"]): Json {
  if (isList(value)) return value.map((item, index) => withoutHidden(item, `${pointer}/${index}`, sources));
  if (!isJsonObject(value)) return sources[pointer]?.isHidden === true ? HIDDEN : value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      withoutHidden(member ?? null, `${pointer}/${escapedName(name)}`, sources),
    ]),
  );
}
