/**
 * External arguments: one JSON object for each flow in S3, whose members replace the agent's.
 *
 * @module
 */

import { tooMuch, utf8Bytes } from "../../schemas/bounds/bounds.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { shortFlowId } from "./family.ts";
import { type Kwargs, parseKwargs } from "./kwargs.ts";
import { kindName } from "./kwarg_value.ts";
import type { Flow, FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { isDeeperThan, MAX_PY_DEPTH } from "../../schemas/json/depth.ts";
import { boundedJsonValue, jsonFault } from "../../schemas/python/json_text.ts";
import type { PyDict } from "../../schemas/python/value.ts";
import { slugify } from "../../schemas/python/slug.ts";

/**
 * Key of a flow's arguments below a prefix; what is empty leaves no trace, a slash at the end is not doubled.
 *
 * @see recorded: external_kwargs/slug-in-key, prefix-leading-slash
 */
export function externalKey(prefix: string, flow: Flow): string {
  return [slugify(flow.name), `${shortFlowId(flow)}.json`].reduce(joined, prefix);
}

function joined(head: string, tail: string): string {
  if (tail === "" || head === "" || head.endsWith("/")) return head + tail;
  return `${head}/${tail}`;
}

/** An object that was read, and where it lies: `s3://bucket/key`. */
export interface ExternalFile {
  readonly text: string;
  readonly place: string;
}

/**
 * Parses the object by the rules of the agent's own arguments, without variables.
 *
 * @throws {FailureError} `badFlowRun`, naming object and member
 */
export function parseExternalKwargs(run: FlowRun, { text, place }: ExternalFile): Kwargs {
  const members = readObject(run, { text, place });
  const given = new Map(
    members.entries.flatMap(([key, value]) =>
      key.kind === "str" ? [[key.value, { value, source: { from: "file", name: place } }] as const] : []
    ),
  );
  const { problems, ...kwargs } = parseKwargs({ given, env: {} });
  if (problems.length === 0) return kwargs;
  throw badFlowRun(run, place, `cannot be used: ${problems.map((problem) => problem.message).join("; ")}`);
}

function readObject(run: FlowRun, { text, place }: ExternalFile): PyDict {
  const tooLong = tooMuch("template", utf8Bytes(text));
  if (tooLong !== undefined) throw badFlowRun(run, place, `has ${tooLong}`);
  const read = boundedJsonValue(text);
  if ("tooMuch" in read) throw badFlowRun(run, place, `has ${read.tooMuch}`);
  const { value } = read;
  if (value === undefined) {
    throw badFlowRun(run, place, `is not JSON${jsonFault(text)}: expected one JSON object`);
  }
  if (isDeeperThan(value, MAX_PY_DEPTH)) throw badFlowRun(run, place, "is nested too deeply");
  if (value.kind !== "dict") {
    throw badFlowRun(run, place, `must hold one JSON object: it is ${kindName(value)}`);
  }
  return value;
}
