/** How the start of a flavour reads what its options name. @module */

import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import assert from "node:assert/strict";
import { FailureError } from "../../schemas/failure/failure.ts";
import { samplePlan } from "../../schemas/ecs/sample_plan.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import { prepareOptions, readSources } from "../../agent/prepare_options.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";

const SIGNAL = new AbortController().signal;

/** Options that only count how often they were prepared. */
interface Counted {
  readonly rounds: number;
  readonly known: readonly string[];
}

const START: Counted = { rounds: 0, known: [] };

function file(path: string): Source {
  return { kind: "file", key: path };
}

/** A flavour that asks in this way. */
function asking(
  startSources: (options: Counted) => readonly Source[],
): Flavour<Counted, unknown, LaunchPlan> {
  return {
    name: "ecs",
    startSources,
    prepare: ({ rounds }, readings: Readings) => ({ rounds: rounds + 1, known: Object.keys(readings) }),
    samples: ({ rounds }) => [{ from: "--option", plan: samplePlan({ runTask: { rounds } }) }],
    warnings: () => [],
    registered: (options) => options,
    sources: () => [],
    plan: () => assert.fail(),
  };
}

/** Reads everything; says what was read. */
function reader() {
  const read: string[] = [];
  return {
    read,
    deps: {
      signal: SIGNAL,
      check: () => undefined,
      read: (source: Source) => {
        read.push(source.key);
        return Promise.resolve({ kind: "text", text: "x" } as const);
      },
    },
  };
}

Deno.test("prepare: given nothing to read, when prepared, then the flavour prepares once", async () => {
  const { read, deps } = reader();

  assert.deepEqual(await prepareOptions(asking(() => []), START, deps), { rounds: 1, known: [] });
  assert.deepEqual(read, []);
});

Deno.test("prepare: given a flavour that asks for more once it has read, when prepared, then nothing is read twice", async () => {
  const { read, deps } = reader();
  const flavour = asking(({ rounds }) => rounds === 0 ? [file("a")] : [file("a"), file("b")]);

  const prepared = await prepareOptions(flavour, START, deps);

  assert.deepEqual(prepared, { rounds: 2, known: ["a", "b"] });
  assert.deepEqual(read, ["a", "b"]);
});

Deno.test("prepare: given a flavour that never has enough, when prepared, then it is named as at fault", async () => {
  const flavour = asking(({ rounds }) => [file(String(rounds))]);

  await assert.rejects(prepareOptions(flavour, START, reader().deps), /the ecs flavour: it asks for more/);
});

Deno.test("prepare: given a platform that would refuse a sample, when prepared, then the option and the fault are named before anything else is read", async () => {
  const { read, deps } = reader();
  const flavour = asking(({ rounds }) => rounds === 0 ? [file("a")] : [file("a"), file("b")]);
  const check = ({ runTask }: { readonly runTask: object }) => {
    assert.deepEqual(runTask, { rounds: 1 });
    throw new FailureError({
      tag: "badFlowRun",
      field: "rounds",
      message: "AWS would refuse RunTask: rounds",
    });
  };

  await assert.rejects(prepareOptions(flavour, START, { ...deps, check }), (thrown) => {
    assert.ok(thrown instanceof FailureError);
    assert.deepEqual(thrown.failure, {
      tag: "configuration",
      field: "--option",
      message: "Cannot use --option: AWS would refuse RunTask: rounds",
    });
    return true;
  });
  assert.deepEqual(read, ["a"]);
});

Deno.test("sources: given several, when read, then all are asked at once and found by their keys", async () => {
  const open: (() => void)[] = [];
  const read = (source: Source) =>
    new Promise<{ kind: "text"; text: string }>((resolve) => {
      open.push(() => resolve({ kind: "text", text: source.kind }));
    });
  const all = readSources([file("a"), { kind: "object", key: "k" }], read, SIGNAL);

  assert.equal(open.length, 2, "the second does not wait for the first");
  for (const answer of open.reverse()) answer();
  assert.deepEqual(await all, {
    a: { kind: "text", text: "file" },
    k: { kind: "text", text: "object" },
  });
});

Deno.test("sources: given one that cannot be read, when read, then its failure is thrown", async () => {
  const read = ({ kind }: Source) =>
    kind === "file" ? Promise.reject(new Error("no")) : Promise.resolve({ kind: "text", text: "" } as const);

  await assert.rejects(readSources([file("a"), { kind: "network", key: "n" }], read, SIGNAL), /^Error: no$/);
});
