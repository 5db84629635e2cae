/**
 * A plan as it may be shown: every field with where it came from, secrets by name only.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isList } from "../json/shape.ts";
import type { DefinitionPlan, LaunchPlan } from "./launch_plan.ts";
import type { FieldSource } from "../plan/field_source.ts";
import type { Redactor } from "../secrets/redact.ts";
import { HIDDEN } from "../secrets/secret.ts";

/** One field of a request. */
export interface ExplainedField {
  /** Readable place, such as `containerDefinitions[flow].image`. */
  readonly path: string;
  /** The value, `(hidden)` where it may be secret. */
  readonly value: Json;
  readonly source: ExplainedSource;
}

/** Where a field came from; the platform by its name. */
export interface ExplainedSource {
  readonly from: Exclude<FieldSource["from"], "platform"> | "AWS";
  /** As in {@link FieldSource}. */
  readonly name: string;
}

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
  const look: Look = { sources: plan.sources(), origins, redact };
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
    definition: redact.text(definitionSentence(named(definition, look.sources))),
    requests: [
      ...register,
      explained("RunTask", { value: withNamed(plan, look.sources), pointer: "/runTask" }, look),
    ],
    warnings: [...warnings, ...plan.warnings, ...(plan.hints ?? []).map(({ text }) => text)].map(redact.text),
    problems: problems.map(redact.text),
  };
}

/** RunTask with the definition that it names, where the plan knows who named it. */
function withNamed({ definition, runTask }: LaunchPlan, sources: Look["sources"]): JsonObject {
  return definition.how === "existing" && sources[NAMED_AT] !== undefined
    ? { ...runTask, taskDefinition: definition.name }
    : runTask;
}

const NAMED_AT = "/runTask/taskDefinition";

/** With the name hidden where it may be secret. */
function named(plan: DefinitionPlan, sources: Look["sources"]): DefinitionPlan {
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
  readonly sources: ReturnType<LaunchPlan["sources"]>;
  readonly origins: ReadonlyMap<string, FieldSource>;
  readonly redact: Pick<Redactor, "text" | "json">;
}

/** A value with its place in the request. */
interface Place {
  readonly value: JsonObject;
  readonly pointer: string;
}

function explained(operation: ExplainedRequest["operation"], place: Place, look: Look): ExplainedRequest {
  const value = look.redact.json(withoutHidden(place.value, place.pointer, look.sources));
  const spot = { pointer: place.pointer, path: "" };
  const fields = (isJsonObject(value) ? leavesOf(value, spot) : []).map((leaf) => {
    const source = sourceOf(leaf.pointer, look.sources);
    const origin = source.from === "agent" ? look.origins.get(leaf.variable ?? "") : undefined;
    return { path: leaf.path, value: leaf.value, source: shown(origin ?? source) };
  });
  return { operation, fields };
}

/** Values whose source may hold secrets are hidden, however short they are. */
function withoutHidden(value: Json, pointer: string, sources: Look["sources"]): Json {
  if (isList(value)) return value.map((item, index) => withoutHidden(item, `${pointer}/${index}`, sources));
  if (!isJsonObject(value)) return sources[pointer]?.isHidden === true ? HIDDEN : value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      withoutHidden(member ?? null, `${pointer}/${escaped(name)}`, sources),
    ]),
  );
}

function shown({ from, name }: FieldSource): ExplainedSource {
  return { from: from === "platform" ? "AWS" : from, name };
}

const UNKNOWN: FieldSource = { from: "default", name: "" };

/** The source of the innermost pointer that has one. */
function sourceOf(pointer: string, sources: Look["sources"]): FieldSource {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const source = sources[at];
    if (source !== undefined) return source;
  }
  return UNKNOWN;
}

interface Leaf {
  readonly pointer: string;
  readonly path: string;
  readonly value: Json;
  /** Name of the variable, when it is one. */
  readonly variable?: string;
}

type Spot = Pick<Leaf, "pointer" | "path">;

function leavesOf(value: JsonObject, spot: Spot): readonly Leaf[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const path = spot.path === "" ? name : `${spot.path}.${name}`;
    const inner = { pointer: `${spot.pointer}/${escaped(name)}`, path };
    if (name === "environment" && isList(member)) {
      return member.map((entry, index) => variableLeaf(entry, index, inner));
    }
    return memberLeaves(member ?? null, inner);
  });
}

function memberLeaves(member: Json, spot: Spot): readonly Leaf[] {
  if (isJsonObject(member) && Object.keys(member).length > 0) return leavesOf(member, spot);
  if (isList(member) && member.some(isJsonObject)) {
    return member.flatMap((item, index) => itemLeaves(item, index, spot));
  }
  return [{ ...spot, value: member }];
}

function itemLeaves(item: Json, index: number, spot: Spot): readonly Leaf[] {
  const pointer = `${spot.pointer}/${index}`;
  if (!isJsonObject(item)) return [{ pointer, path: `${spot.path}[${index}]`, value: item }];
  const { name, ...rest } = item;
  if (typeof item.key === "string") {
    return [{ pointer, path: `${spot.path}[${item.key}]`, value: item.value ?? null }];
  }
  if (typeof name !== "string") return leavesOf(item, { pointer, path: `${spot.path}[${index}]` });
  const named = { pointer, path: `${spot.path}[${name}]` };
  return Object.keys(rest).length === 0 ? [{ ...named, value: name }] : leavesOf(rest, named);
}

/** A variable, whose value is hidden. */
function variableLeaf(entry: Json, index: number, spot: Spot): Leaf {
  const { name, value = null } = isJsonObject(entry) ? entry : { name: index, value: entry };
  const variable = String(name);
  return { pointer: `${spot.pointer}/${index}`, path: `${spot.path}[${variable}]`, value, variable };
}

/** @see RFC 6901, section 4 */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
