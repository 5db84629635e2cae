/** The Job of the legacy Kubernetes Job environment, as it was recorded. */

import assert from "node:assert/strict";
import { builtSpec, executedJob, readJobSpec } from "../../../flavours/job_environment/spec.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { isJsonObject } from "../../../schemas/json/json.ts";
import { isList, mapping, mappings } from "../../../schemas/json/shape.ts";

interface RecordedCase {
  readonly id: string;
  readonly agent: { readonly kwargs: JsonObject };
  readonly context?: { readonly flow_run_id?: string };
  readonly job_spec_yaml: string;
  readonly expect: {
    readonly build_time_spec?: JsonObject;
    readonly error?: { readonly message: string };
    readonly created_jobs?: readonly { readonly body: JsonObject }[];
  };
}

const RECORDED: readonly RecordedCase[] = JSON.parse(
  Deno.readTextFileSync(new URL("../../golden/fargate/kubernetes_job.json", import.meta.url)),
).cases;

/** A recorded Python date as its text, and no nulls. */
function plain(value: Json | undefined): Json {
  if (isList(value)) return value.map(plain);
  if (!isJsonObject(value)) return value ?? null;
  if (value["$py"] === "date") {
    const parts = String(value.repr).match(/\d+/g) ?? [];
    return parts.map((part) => part.padStart(2, "0")).join("-");
  }
  const entries = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, plain(member)]));
}

for (const recorded of RECORDED) {
  const { build_time_spec: wanted } = recorded.expect;

  Deno.test(`job environment: given ${recorded.id}, when its spec is built, then it is as recorded, or it is refused`, () => {
    const build = () => builtSpec(readJobSpec(recorded.job_spec_yaml, "job.yaml"));

    if (wanted === undefined) {
      assert.throws(build, (thrown) => toFailure(thrown).tag === "configuration");
    } else {
      assert.deepEqual(plain(build()), plain(wanted));
    }
  });
}

for (const recorded of RECORDED.filter(({ expect }) => expect.error === undefined)) {
  const [created] = recorded.expect.created_jobs ?? [];
  const body = created?.body ?? {};
  const labels = mapping(mapping(body.metadata).labels);
  const pod = mapping(mapping(mapping(body.spec).template).spec);
  const names = [mapping(body.metadata).name, ...mappings(pod.containers).map(({ name }) => name)];

  Deno.test(`job environment: given ${recorded.id}, when it is executed, then the Job is as recorded, or a name is missing`, () => {
    const [first = {}] = mappings(pod.containers);
    const fixed = mappings(first.env).slice(-10).map(({ name, value }) =>
      [String(name), String(value)] as const
    );
    const execute = () =>
      executedJob(builtSpec(readJobSpec(recorded.job_spec_yaml, "job.yaml")), {
        flowRunId: recorded.context?.flow_run_id ?? "unknown",
        identifier: String(labels["prefect.io/identifier"]),
        suffix: recorded.agent.kwargs.unique_job_name === true ? String(names[0]).slice(-8) : null,
        image: String(first.image),
        variables: fixed,
      });

    if (names.some((name) => name === undefined)) {
      assert.throws(execute, (thrown) => /name is missing/.test(toFailure(thrown).message));
    } else assert.deepEqual(plain(execute()), plain(body));
  });
}
