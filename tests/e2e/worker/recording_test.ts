/**
 * What a worker shows of itself: its trace, and a recording that replays, without keys and values of variables.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoDir, startProcess } from "../support/process.ts";
import { SITE_POOL, siteDeployment, withWorkerSite } from "../support/prefect3_api.ts";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));

Deno.test("worker: given --trace and --record, when a run goes through, then steps are printed, the recording replays, and no key or value is in either", async () => {
  await withWorkerSite(async (site) => {
    const folder = site.environment["HOME"] ?? "";
    await Deno.mkdir(`${folder}/recordings`);
    const variables = { image: "example/flow:1", env: { TOKEN: "hush-of-the-variable" } };
    site.world.deploymentRows.set("good", siteDeployment("good", variables));
    const { id } = site.world.schedule({ deployment: "good" });
    const run = (words: readonly string[]) => {
      const args = ["run", "--quiet", "-A", "--config", `${PROJECT}deno.json`, `${PROJECT}main.ts`, ...words];
      const env = { ...site.environment, DENO_DIR: denoDir(), NO_COLOR: "1", PREFECT_API_KEY: "pnu_s3cret" };
      return startProcess("sh", ["-c", 'cd "$0" && exec "$@"', folder, Deno.execPath(), ...args], env);
    };
    const recording = `${folder}/recordings/worker.jsonl`;
    const words = ["worker", "start", "--pool", SITE_POOL, "--name", "w", "--run-once", "--trace"];

    const worker = run([...words, "--record", "recordings/worker.jsonl"]);
    assert.equal(await worker.exited, 0, worker.output());
    const recorded = await Deno.readTextFile(recording);
    const replay = run(["replay", recording]);

    assert.equal(await replay.exited, 0, replay.output());
    assert.match(
      replay.output(),
      /1 runs? takes? the recorded path, 0 take another, 0 could not be replayed/,
    );
    assert.match(worker.output(), /^run \S+ +runningTask --\(runTask done\)--> reporting/m);
    assert.ok(recorded.includes(id));
    for (const shown of [recorded, worker.output(), replay.output()]) {
      assert.doesNotMatch(shown, /s3cret|hush-of-the-variable/);
    }
  });
});
