/** Claim markers, as this release and version 0.1.0 store them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { scopeText } from "../../../schemas/ecs/scope.ts";
import { contextWith, markerOf } from "../../../schemas/prefect1/claim_marker.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";

/** States of claims as version 0.1.0 set them, letter by letter, and what they mean. */
const RECORDED: readonly (readonly [name: string, json: string, scope: string, claim: string, by: string])[] =
  [
    [
      "a claim on a scheduled run",
      '{"type":"Submitted","message":"Submitted for execution","context":{"prefect-agent":{"agent":"agent",' +
      '"region":"us-east-1","cluster":"default","claim":"v1","by":"9b1fd0c27a3e44b8"}},"cached_inputs":{},' +
      '"_result":{"type":"NoResultType","__version__":"1.4.1"},"__version__":"1.4.1",' +
      '"state":{"type":"Scheduled","message":"Flow run scheduled."}}',
      "us-east-1/default",
      "v1",
      "9b1fd0c27a3e44b8",
    ],
    [
      "a claim on due task runs in a cluster that is named by its ARN",
      '{"type":"Submitted","message":"Submitted for execution.","context":{"prefect-agent":{"agent":"agent",' +
      '"region":"eu-west-1","cluster":"arn:aws:ecs:eu-west-1:123456789012:cluster/prod",' +
      '"claim":"r7:0d6a7b8c-0000-4000-8000-000000000001@4","by":"00000000ffffffff"}},"cached_inputs":{},' +
      '"_result":{"type":"NoResultType","__version__":"0.15.13"},"__version__":"0.15.13",' +
      '"state":{"type":"Retrying","run_count":1}}',
      "eu-west-1/arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
      "r7:0d6a7b8c-0000-4000-8000-000000000001@4",
      "00000000ffffffff",
    ],
  ];

/** How version 0.1.0 reads a state, word by word. */
function readBy010(state: Json): unknown {
  const context = isJsonObject(state) ? state.context : undefined;
  const found = isJsonObject(context) ? context["prefect-agent"] : undefined;
  if (!isJsonObject(found)) return null;
  const { agent, region, cluster, claim, by } = found;
  if (typeof agent !== "string" || typeof region !== "string") return null;
  if (typeof cluster !== "string" || typeof claim !== "string") return null;
  return { marker: { agent, region, cluster, claim }, by: typeof by === "string" ? by : "" };
}

for (const [name, json, scope, claim, by] of RECORDED) {
  Deno.test(`claim marker: given ${name} of version 0.1.0, when read, then it is a claim of the same agent and place`, () => {
    assert.deepEqual(markerOf(JSON.parse(json)), { marker: { agent: "agent", scope, claim }, by, tries: [] });
  });

  Deno.test(`claim marker: given ${name}, when stored by this release, then the bytes are those of version 0.1.0`, () => {
    const stored = JSON.stringify(contextWith({ marker: { agent: "agent", scope, claim }, by }));

    assert.ok(json.includes(`"context":${stored},`), stored);
  });
}

Deno.test("claim marker: given any cluster of a region, when stored by this release, then version 0.1.0 reads the same place", () => {
  const region = fc.stringMatching(/^[a-z0-9-]{0,20}$/);
  fc.assert(fc.property(region, fc.string(), fc.string(), fc.string(), (region, cluster, claim, by) => {
    const marker = { agent: "agent", scope: scopeText({ region, cluster }), claim };
    const state = { type: "Submitted", context: contextWith({ marker, by }) };

    assert.deepEqual(readBy010(state), { marker: { agent: "agent", region, cluster, claim }, by });
    assert.deepEqual(markerOf(state), { marker, by, tries: [] });
  }));
});

Deno.test("claim marker: given noted plannings, when stored, then they are read back and the members of version 0.1.0 are as before", () => {
  const marker = { agent: "agent", scope: "r/c", claim: "v1" };
  const tries = [
    { by: "p1", atMs: 1_700_000_000_000, alone: false },
    { by: "p2", atMs: 1_700_000_020_123, alone: true },
  ];

  const context = contextWith({ marker, by: "p2", tries });

  assert.deepEqual(markerOf({ context }), { marker, by: "p2", tries });
  const { tries: noted, ...others } = JSON.parse(JSON.stringify(context))["prefect-agent"];
  assert.equal(noted.length, 2);
  assert.deepEqual({ "prefect-agent": others }, contextWith({ marker, by: "p2" }));
});

for (
  const tries of [null, 7, "x", {}, [null], [{ by: "p" }], [{ by: 1, at: "2023-01-01T00:00:00Z" }], [{
    by: "p",
    at: "soon",
  }]]
) {
  Deno.test(`claim marker: given ${JSON.stringify(tries)} instead of noted plannings, when read, then the claim is read without them`, () => {
    const stored = { agent: "agent", region: "r", cluster: "c", claim: "v1", by: "p", tries };

    assert.deepEqual(markerOf({ context: { "prefect-agent": stored } })?.tries, []);
  });
}
