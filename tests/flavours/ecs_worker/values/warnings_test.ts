/**
 * What was meant as configuration and has no effect.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FieldSource } from "../../../../schemas/plan/field_source.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { DEFAULT_TEMPLATE, readGroup } from "../../../support/prefect3/golden_run.ts";
import { jobOf, type TemplateRun, templateRun } from "../../../support/prefect3/template_run.ts";

const NAMES = Object.keys((DEFAULT_TEMPLATE.variables as JsonObject).properties as JsonObject);

/** The texts of a run's warnings. */
function warned(said: TemplateRun): readonly string[] {
  return jobOf(said).warnings.map(({ text }) => text);
}

/** `task_role_arn` as AWS spells it: `taskRoleArn`. */
function camel(name: string): string {
  return name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

for (const name of NAMES) {
  const last = name.length - 1;
  const spellings = new Set([
    camel(name),
    name.toUpperCase(),
    name.replaceAll("_", "-"),
    `${name.slice(0, last - 1)}${name[last]}${name[last - 1]}`,
  ]);
  for (const spelling of spellings) {
    if (NAMES.includes(spelling)) continue;
    Deno.test(`warnings: given ${spelling} for ${name}, when nothing uses it, then one warning names both and where to add it`, () => {
      const [text = "", ...others] = warned({ deployment: { [spelling]: "hidden-value" } });

      assert.deepEqual(others, []);
      assert.match(text, new RegExp(`Job variable ${spelling} has no effect: .*work pool ecs-pool`));
      assert.match(text, new RegExp(`Did you mean ${name}\\?.*job_configuration`));
      assert.doesNotMatch(text, /hidden-value/);
    });
  }
}

Deno.test("warnings: given members of the two requests as variables, when nothing uses them, then the warning says where they belong", () => {
  const texts = warned({ deployment: { ephemeralStorage: { sizeInGiB: 100 }, placementStrategy: [] } });

  assert.match(
    texts[0] ?? "",
    /add \{\{ ephemeralStorage \}\} to its job_configuration, as task_definition\.ephemeralStorage/,
  );
  assert.match(texts[1] ?? "", /as task_run_request\.placementStrategy/);
});

Deno.test("warnings: given variables that are used through paths, texts, blocks, env and dots, when they are filled in, then there is none", () => {
  const said: TemplateRun = {
    configuration: {
      env: { A: "{{ a.b[0] }}", B: "x-{{ b }}", C: "{{ c }}" },
      task_definition: {
        containerDefinitions: [{ name: "prefect", stopTimeout: "{{ stop }}" }],
        family: "{{ d }}",
      },
    },
    blocks: [{ id: "b-1", type: "secret", name: "t", data: { value: "v" } }],
    deployment: {
      a: { b: ["x"] },
      b: "y",
      c: "{{ prefect.blocks.secret.t }}",
      "env.X": "1",
      "d.e": null,
      "stop": 5,
    },
  };

  assert.deepEqual(warned(said), []);
});

Deno.test("warnings: given a placeholder in a value, when it is left as it is, then one warning names it and its place", () => {
  const [text = "", ...others] = warned({ deployment: { image: "hidden", labels: { team: "{{ image }}" } } });

  assert.deepEqual(others, []);
  assert.match(text, /\.team holds \{\{ image \}\}, .* sent as it is/);
  assert.doesNotMatch(text, /hidden/);
});

for (
  const [member, near] of [["task_defintion", "task_definition"], ["taskRunRequest", "task_run_request"], [
    "vpcId",
    "vpc_id",
  ]] as const
) {
  Deno.test(`warnings: given the member ${member} in a template, when nobody reads it, then the warning means ${near}`, () => {
    const [text = "", ...others] = warned({ configuration: { [member]: {} } });

    assert.deepEqual(others, []);
    assert.match(text, new RegExp(`Member ${member} of job_configuration .* Did you mean ${near}\\?`));
  });
}

Deno.test("warnings: given members that older releases wrote, when the run is planned, then there is none and no account", () => {
  const said: TemplateRun = {
    configuration: {
      stream_output: "{{ stream_output }}",
      task_start_timeout_seconds: "{{ task_start_timeout_seconds }}",
      task_watch_poll_interval: "{{ task_watch_poll_interval }}",
    },
    defaults: { task_start_timeout_seconds: 300, task_watch_poll_interval: 5, stream_output: null },
    deployment: { stream_output: true, task_watch_poll_interval: 10 },
  };

  assert.deepEqual(warned(said), []);
});

Deno.test("warnings: given the recorded template as it is, when nothing is given, then there is none", () => {
  assert.deepEqual(warned({ deployment: { image: "i", cpu: 256 } }), []);
});

Deno.test("warnings: given the same content in two runs, when they are planned, then the keys are equal, and others for another deployment", () => {
  const keys = (said: TemplateRun) => jobOf(said).warnings.map(({ key }) => key);
  const said = { deployment: { conatiner_name: "flows" } };

  assert.deepEqual(keys(said), keys({ ...said, run: { image: "other" } }));
  assert.notDeepEqual(keys(said), keys({ deployment: { container_nmae: "flows" } }));
  assert.ok(keys(said)[0]?.startsWith(templateRun(said).deploymentId ?? "none"));
});

Deno.test("sources: given values from every place, when they are explained, then each is named without its value", () => {
  const [golden] = readGroup("env");
  const sources = jobOf({
    configuration: {
      task_definition: {
        containerDefinitions: [{ name: "{{ gone }}", image: "{{ image }}" }],
        family: "{{ family }}",
        taskRoleArn: "{{ prefect.variables.role }}",
      },
    },
    defaults: { launch_type: "EC2" },
    deployment: { family: "f", aws_credentials: "{{ prefect.blocks.aws-credentials.prod }}" },
    run: { image: "hidden-value" },
    variables: { role: "hidden-value" },
    blocks: [{ id: "b", type: "aws-credentials", name: "prod", data: { region_name: "hidden-value" } }],
  }).sources();

  const told: (string | undefined)[] = [];
  const of = (source: FieldSource | null) => {
    told.push(source?.name);
    return `${source?.from}: ${source?.name}`;
  };
  const image = [{ member: "containerDefinitions" }, { index: 0, id: null }, { member: "image" }];
  assert.equal(of(sources.at("task_definition", image)), "flow run: job variable image");
  assert.equal(
    of(sources.at("task_definition", [{ member: "family" }])),
    "deployment: job variable family of nightly",
  );
  assert.equal(
    of(sources.at("task_run_request", [{ member: "launchType" }])),
    "default: variable launch_type of work pool ecs-pool",
  );
  assert.equal(
    of(sources.at("task_definition", [{ member: "taskRoleArn" }])),
    "variable: Prefect variable role",
  );
  assert.equal(
    of(sources.at("aws_credentials", [])),
    "block: block aws-credentials/prod and job variable aws_credentials of nightly",
  );
  assert.equal(sources.at("task_definition", [{ member: "networkMode" }]), null);
  assert.equal(
    of(sources.variable(Object.keys(golden?.worker_settings ?? {})[0] ?? "")),
    "setting: PREFECT_API_URL (environment)",
  );
  assert.doesNotMatch(told.join(" "), /hidden-value/);
});
