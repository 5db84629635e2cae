/**
 * Blocks and Prefect variables, read from the API.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ApiAnswer } from "../../../actors/prefect3/api.ts";
import { makeReadSource } from "../../../actors/prefect3/read_source.ts";
import { jobConfiguration } from "../../../flavours/ecs_worker/values/make_job_configuration.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { blockByName, type Prefect3Source, prefectVariable } from "../../../schemas/prefect3/source.ts";
import { goldenWorker, readGroup } from "../../support/prefect3/golden_run.ts";
import { templateRun } from "../../support/prefect3/template_run.ts";

/** What reading a source gives where the API answers with this text, and what the redactor learned. */
async function read(source: Prefect3Source, text: string, status = 200) {
  const learned: string[] = [];
  const answer: ApiAnswer = { status, body: JSON.parse(text), text };
  const readSource = makeReadSource({
    api: { send: () => Promise.resolve(answer) },
    redact: { learn: ({ values = [] }) => void learned.push(...values) },
  });
  const reading = await readSource(source, new AbortController().signal);
  assert.ok(reading);
  return { reading, learned };
}

Deno.test("blocks: given one with texts, when it is read, then the redactor learns them before anybody sees them", async () => {
  const text =
    '{"id":"b","name":"t","block_type":{"slug":"secret"},"data":{"value":{"a":["s3cr3t-value", 5]}}}';

  const { reading, learned } = await read(blockByName("secret", "t"), text);

  assert.deepEqual(learned, ["s3cr3t-value"]);
  assert.equal(reading.kind, "json");
});

Deno.test("blocks and variables: given none, when they are read, then they are absent and named", async () => {
  const block = await read(blockByName("secret", "t"), '{"detail":"Not Found"}', 404);
  const variable = await read(prefectVariable("v"), '{"detail":"Not Found"}', 404);

  assert.deepEqual([block.reading, variable.reading], [
    { kind: "absent", message: "the API has no block secret/t" },
    { kind: "absent", message: "the API has no variable v" },
  ]);
});

Deno.test("blocks and variables: given numbers with a point or many digits, when they stand in a text, then they are as they were written", async () => {
  const [golden] = readGroup("env");
  assert.ok(golden);
  const sources = [blockByName("json", "c"), prefectVariable("v")] as const;
  const block =
    '{"id":"b","name":"c","block_type":{"slug":"json"},"data":{"value":{"n": 12345678901234567890}}}';
  const texts = [block, '{"name":"v","value": 1.0}'];
  const readings: Record<string, Readings[string]> = {};
  for (const [index, source] of sources.entries()) {
    readings[source.key] = (await read(source, texts[index] ?? "")).reading;
  }
  const env = {
    A: "x{{ prefect.blocks.json.c.n }}",
    B: "x{{ prefect.variables.v }}",
    C: "{{ prefect.variables.v }}",
  };

  const job = jobConfiguration(templateRun({ configuration: { env } }), goldenWorker(golden), readings);

  assert.deepEqual([job.env.A, job.env.B, job.env.C], ["x12345678901234567890", "x1.0", "1.0"]);
});
