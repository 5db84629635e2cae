/**
 * Optional parts of a template: all of it, or none.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { jobOf, refusalOf, type TemplateRun } from "../../../support/prefect3/template_run.ts";

const CONTAINER = { name: "prefect", image: "example/flow:1" };

/** A run whose task definition has these members besides its container. */
function withDefinition(members: JsonObject, deployment: JsonObject): TemplateRun {
  return {
    configuration: { task_definition: { family: "f", containerDefinitions: [CONTAINER], ...members } },
    deployment,
  };
}

const PROXY = { proxyConfiguration: { type: "{{ proxy }}", containerName: "{{ proxy_container }}" } };
const VOLUMES = {
  volumes: [{
    name: "{{ volume }}",
    efsVolumeConfiguration: { fileSystemId: "{{ fs }}", transitEncryption: "ENABLED" },
  }],
};

/** Each way of having no value. */
const UNSET: readonly JsonObject[] = [{}, { x: null }, { x: "" }];

for (const [index, unset] of UNSET.entries()) {
  for (let depth = 1; depth <= 4; depth++) {
    for (const inList of [false, true]) {
      const said = `${JSON.stringify(unset)} at depth ${depth}${inList ? " in lists" : ""}`;
      Deno.test(`optional parts: given ${said}, when the template is filled in, then the part goes and its sibling stays`, () => {
        let part: Json = { a: "{{ x }}", b: "{{ x }}" };
        for (let level = 1; level < depth; level++) part = inList ? [{ inner: part }] : { inner: part };
        const job = jobOf(withDefinition({ part: inList ? [part] : part, count: 0, flag: false }, unset));

        const { part: left, count, flag } = job.taskDefinition;
        assert.deepEqual([left, count, flag], [undefined, 0, false], String(index));
      });
    }
  }
}

Deno.test("optional parts: given fixed members beside unset placeholders, when a part needs nothing of them, then the fixed members stay", () => {
  const linux = { initProcessEnabled: false, sharedMemorySize: "{{ shm }}", maxSwap: 0 };

  const job = jobOf(withDefinition({ linuxParameters: linux }, {}));

  assert.deepEqual(job.taskDefinition.linuxParameters, { initProcessEnabled: false, maxSwap: 0 });
});

Deno.test("optional parts: given fixed members beside an unset one that ECS needs, when it is filled in, then the part goes", () => {
  const job = jobOf(
    withDefinition(
      { ...VOLUMES, ulimits: [{ name: "nofile", softLimit: "{{ n }}", hardLimit: "{{ n }}" }] },
      {},
    ),
  );

  assert.deepEqual([job.taskDefinition.volumes, job.taskDefinition.ulimits], [undefined, undefined]);
});

Deno.test("optional parts: given everything set, when it is filled in, then the part is whole", () => {
  const job = jobOf(withDefinition({ ...PROXY, ...VOLUMES }, {
    proxy: "APPMESH",
    proxy_container: "envoy",
    volume: "data",
    fs: "fs-1",
  }));

  assert.deepEqual(job.taskDefinition.proxyConfiguration, { type: "APPMESH", containerName: "envoy" });
  assert.deepEqual(job.taskDefinition.volumes, [
    { name: "data", efsVolumeConfiguration: { fileSystemId: "fs-1", transitEncryption: "ENABLED" } },
  ]);
});

for (
  const [members, deployment, missing] of [
    [PROXY, { proxy: "APPMESH" }, "proxy_container"],
    [PROXY, { proxy_container: "envoy", proxy: "" }, "proxy"],
    [VOLUMES, { volume: "data" }, "fs"],
    [VOLUMES, { fs: "fs-1", volume: null }, "volume"],
    [
      { ulimits: [{ name: "nofile", softLimit: "{{ soft }}", hardLimit: "{{ hard }}" }] },
      { soft: 1 },
      "hard",
    ],
  ] as const
) {
  Deno.test(`optional parts: given ${JSON.stringify(deployment)}, when half of a part is set, then the run is refused and ${missing} named`, () => {
    const message = refusalOf(withDefinition(members, deployment));

    assert.match(message, new RegExp(`\\{\\{ ${missing} \\}\\}`));
    assert.doesNotMatch(message, /fs-1|envoy|APPMESH/);
  });
}

Deno.test("optional parts: given parts whose members are each optional, when some are set, then those are sent", () => {
  const job = jobOf({
    configuration: {
      network_configuration: {
        subnets: "{{ subnets }}",
        securityGroups: "{{ groups }}",
        assignPublicIp: "{{ public }}",
      },
    },
    deployment: { subnets: ["subnet-a"], vpc_id: "vpc-1" },
  });

  assert.deepEqual(job.networkConfiguration, { subnets: ["subnet-a"] });
});

Deno.test("optional parts: given an unset sidecar, when it is filled in, then it goes and the flow's container stays", () => {
  const containerDefinitions = [{ image: "{{ image }}", name: "{{ container_name }}" }, {
    name: "{{ side }}",
    image: "{{ side_image }}",
  }];

  const job = jobOf({ configuration: { task_definition: { containerDefinitions } } });

  assert.deepEqual(job.taskDefinition.containerDefinitions, [{}]);
});

Deno.test("optional parts: given any set and unset members, when an object is filled in, then it has exactly those that are set", () => {
  const value = fc.oneof(fc.constantFrom<Json>(null, "", 0, false, "text", 7), fc.constant("{{ nothing }}"));
  fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), value), (part) => {
    const job = jobOf(withDefinition({ part }, {}));

    const kept = Object.entries(part).filter(([, member]) => member !== "{{ nothing }}");
    const isFixed = kept.some(([, member]) => member !== null && member !== "");
    const isWhole = kept.length === Object.keys(part).length;
    assert.deepEqual(job.taskDefinition.part, isFixed || isWhole ? Object.fromEntries(kept) : undefined);
  }));
});
