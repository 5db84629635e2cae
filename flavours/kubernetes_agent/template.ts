/**
 * Templates of Jobs: what planning itself reads of them, and how their odd forms are taken. The complete check of the
 * finished Job comes later.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { numberText } from "../../schemas/json/number_source.ts";
import { isList, kindOf, listItems, mapping } from "../../schemas/json/shape.ts";
import { type Manner, quoted } from "../../schemas/kubernetes/job/faults.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { Reading } from "../../schemas/plan/source.ts";
import { parseMapping } from "../../schemas/yaml/mapping.ts";
import { JOB_TEXTS } from "./job_texts.ts";

/** A template that planning can read, and where it came from. */
export interface JobTemplate {
  /** Its pod has a container at least, the first has a name, and its variables have texts for values. */
  readonly value: JsonObject;
  readonly source: FieldSource;
  /** Whose it is: the options of the agent stand below what a run brings, and above what the agent's own template says. */
  readonly of: "run" | "agent";
  /** It lies where a run says: no message may quote it. */
  readonly isDiscreet: boolean;
}

/** A usable form, or why there is none; the problem begins with the place. */
export type Usable = { readonly value: JsonObject } | { readonly problem: string };

/** Name of a container that has none. */
const CONTAINER = "flow";

/** The template where no other is given. @see Prefect 1.4.1 `prefect/agent/kubernetes/job_template.yaml` */
export const BUILT_IN_TEMPLATE: JobTemplate = {
  value: {
    apiVersion: "batch/v1",
    kind: "Job",
    spec: { template: { spec: { containers: [{ name: CONTAINER }] } } },
  },
  source: { from: "default", name: "built-in template" },
  of: "agent",
  isDiscreet: false,
};

/** A template out of what was read; an empty document is null. */
export function readTemplate(reading: Reading | undefined, manner: Manner): Usable | null {
  if (reading === undefined) return { problem: "it was not read" };
  if (reading.kind === "absent") return { problem: reading.message };
  if (reading.kind === "json") return usableTemplate(reading.value, manner);
  const parsed = reading.kind === "parsed" ? reading.parsed : parseMapping(reading.text, JOB_TEXTS);
  if ("problem" in parsed) {
    return { problem: manner === "discreet" ? parsed.discreet ?? parsed.problem : parsed.problem };
  }
  return parsed.mapping === null ? null : usableTemplate(parsed.mapping, manner);
}

/**
 * Makes a template usable. Null counts as absent; a container without a name is called `flow`; values of variables and
 * annotations that are numbers or booleans become text (K-NULLS, K-CONTAINER-NAMELESS, K-ENV-NONSTR of
 * `tests/golden/kubernetes/README.md`).
 */
export function usableTemplate(template: JsonObject, manner: Manner): Usable {
  const problem = missingMember(template);
  if (problem !== undefined) return { problem };
  const spec = mapping(template.spec);
  const pod = mapping(spec.template);
  const podSpec = mapping(pod.spec);
  const containers = usableContainers(podSpec.containers, manner);
  if ("problem" in containers) return containers;
  return {
    value: {
      ...template,
      ...withTexts(template),
      spec: {
        ...spec,
        template: { ...pod, ...withTexts(pod), spec: { ...podSpec, containers: containers.list } },
      },
    },
  };
}

const MEMBERS = ["spec", "template", "spec"] as const;

function missingMember(template: JsonObject): string | undefined {
  let at: JsonObject = template;
  let path = "";
  for (const name of MEMBERS) {
    path = path === "" ? name : `${path}.${name}`;
    const member = at[name];
    if (member === undefined || member === null) {
      return `${path} is missing; it must be a mapping, as in a Job`;
    }
    if (!isJsonObject(member)) return `${path} must be a mapping, not ${kindOf(member)}`;
    at = member;
  }
  return undefined;
}

/** Annotations of a Job or a pod as texts. */
function withTexts(holder: JsonObject): JsonObject {
  const { annotations } = mapping(holder.metadata);
  if (annotations === undefined || annotations === null || !isJsonObject(annotations)) return {};
  const entries = Object.entries(annotations).flatMap(([name, value = null]) =>
    value === null ? [] : [[name, scalarText(annotations, name) ?? value] as const]
  );
  return { metadata: { ...mapping(holder.metadata), annotations: Object.fromEntries(entries) } };
}

const POD = "spec.template.spec";

function usableContainers(
  containers: Json | undefined,
  manner: Manner,
): { readonly list: readonly Json[] } | { readonly problem: string } {
  if (containers !== undefined && containers !== null && !isList(containers)) {
    return { problem: `${POD}.containers must be a list of mappings, not ${kindOf(containers)}` };
  }
  const [first = {}, ...others] = listItems(containers);
  if (!isJsonObject(first)) {
    return { problem: `${POD}.containers[0] must be a mapping, not ${kindOf(first)}` };
  }
  const { image = null } = first;
  if (image !== null && typeof image !== "string") {
    return { problem: `${POD}.containers[0].image must be text, not ${kindOf(image)}; put it in quotes` };
  }
  const env = usableVariables(first.env, manner);
  if ("problem" in env) return env;
  const { env: _, name = null, ...members } = first;
  const named = name === null || name === "" ? CONTAINER : name;
  return { list: [{ name: named, ...members, env: env.list }, ...others] };
}

function usableVariables(
  env: Json | undefined,
  manner: Manner,
): { readonly list: readonly JsonObject[] } | { readonly problem: string } {
  const at = `${POD}.containers[0].env`;
  if (env !== undefined && env !== null && !isList(env)) {
    return { problem: `${at} must be a list of mappings, not ${kindOf(env)}` };
  }
  const list: JsonObject[] = [];
  for (const [index, entry] of listItems(env).entries()) {
    const usable = usableVariable(entry, `${at}[${index}]`, manner);
    if ("problem" in usable) return usable;
    list.push(usable.entry);
  }
  return { list };
}

/** The value is not shown: it may be secret. */
function usableVariable(
  entry: Json,
  at: string,
  manner: Manner,
): { readonly entry: JsonObject } | { readonly problem: string } {
  if (!isJsonObject(entry)) return { problem: `${at} must be a mapping, not ${kindOf(entry)}` };
  const { value = null, ...others } = entry;
  if (typeof entry.name !== "string" || entry.name === "") {
    return { problem: `${at}.name is missing; it must be text, the name of a variable` };
  }
  if (value === null) return { entry: others };
  const text = scalarText(entry, "value");
  if (text !== undefined) return { entry: { ...others, value: text } };
  const whose = manner === "frank" ? `, of variable ${quoted(entry.name)},` : "";
  return { problem: `${at}.value${whose} must be text, not ${kindOf(value)}; put it in quotes` };
}

/** A text, number or boolean as text. Of a number that was stored as JSON its own text is all that is left. */
function scalarText(holder: JsonObject, name: string): string | undefined {
  const value = holder[name];
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(holder, name) ?? String(value);
  return typeof value === "boolean" ? String(value) : undefined;
}
