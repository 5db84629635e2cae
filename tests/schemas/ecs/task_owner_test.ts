import assert from "node:assert/strict";
import {
  FLOW_RUN_TAG,
  FLOW_RUN_VARIABLE,
  flowRunOf,
  withFlowRunTag,
  WORKER_RUN_TAG,
  WORKER_RUN_VARIABLE,
} from "../../../schemas/ecs/task_owner.ts";
import type { Json } from "../../../schemas/json/json.ts";

function overriding(...containers: readonly (readonly [name: string, ...runs: string[]])[]): Json {
  return {
    containerOverrides: containers.map(([name, ...runs]) => ({
      name,
      environment: [
        { name: "OTHER", value: "x" },
        ...runs.map((value) => ({ name: FLOW_RUN_VARIABLE, value })),
      ],
    })),
  };
}

const TAGGED = [{ key: "team", value: "etl" }, { key: FLOW_RUN_TAG, value: "run-1" }];

for (
  const [name, overrides, tags, expected] of [
    ["its variable names a run", overriding(["flow", "run-1"]), [], "run-1"],
    ["its tag names a run", overriding(["flow"]), TAGGED, "run-1"],
    ["only its tag is there", undefined, TAGGED, "run-1"],
    ["variable and tag name different runs", overriding(["flow", "run-2"]), TAGGED, "run-2"],
    ["a sidecar's variable names a run", overriding(["flow"], ["log", "run-1"]), [], null],
    ["its variable is there with two values", overriding(["flow", "run-1"], ["flow", "run-2"]), TAGGED, null],
    ["nothing names a run", overriding(["flow"]), [{ key: "team", value: "run-1" }], null],
    ["overrides and tags are of a wrong shape", { containerOverrides: "run-1" }, { key: FLOW_RUN_TAG }, null],
  ] as const
) {
  Deno.test(`flowRunOf: given a task, when ${name}, then it is ${expected === null ? "nobody's" : `of ${expected}`}`, () => {
    assert.equal(flowRunOf({ overrides, tags }), expected);
  });
}

for (
  const [name, containers, tags, expected] of [
    ["the container prefect names a run", [["prefect", "run-1"]], [], "run-1"],
    ["a container of another name names a run", [["main", "run-1"]], [], "run-1"],
    ["the container flow names a run", [["flow", "run-1"]], [], "run-1"],
    ["only its tag names a run", [["prefect"]], [{ key: WORKER_RUN_TAG, value: "run-1" }], "run-1"],
    ["two containers name one run", [["prefect", "run-1"], ["log", "run-1"]], [], "run-1"],
    ["two containers name two runs", [["prefect", "run-1"], ["log", "run-2"]], TAGGED, null],
  ] as const
) {
  Deno.test(`flowRunOf: given a task of Prefect 3, when ${name}, then it is ${expected === null ? "nobody's" : `of ${expected}`}`, () => {
    const overrides = {
      containerOverrides: containers.map(([name, ...runs]) => ({
        name,
        environment: runs.map((value) => ({ name: WORKER_RUN_VARIABLE, value })),
      })),
    };

    assert.equal(flowRunOf({ overrides, tags }), expected);
  });
}

Deno.test("withFlowRunTag: given tags that name another run, when tagged, then theirs is replaced and the others stay", () => {
  const tags = [{ key: FLOW_RUN_TAG, value: "run-9" }, { key: "team", value: "etl" }];

  assert.deepEqual(withFlowRunTag(tags, "run-1"), [
    { key: "team", value: "etl" },
    { key: FLOW_RUN_TAG, value: "run-1" },
  ]);
  assert.deepEqual(withFlowRunTag(undefined, "run-1"), [{ key: FLOW_RUN_TAG, value: "run-1" }]);
});
