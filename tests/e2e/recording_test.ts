import { makeRedactor } from "../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { openRecording } from "../../actors/files/recording_file.ts";
import { startInspection } from "../../commands/wiring/inspection.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { inspectedAgent } from "../support/inspected_agent.ts";
import { SOME_PLATFORM } from "../inspector/support/platform_view.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Records two runs. @returns the file */
async function recorded(folder: string): Promise<string> {
  const path = `${folder}/recordings/day.jsonl`;
  const inspection = startInspection({
    home: "",
    platform: SOME_PLATFORM,
    settings: { inspect: null, record: path, trace: false, uiUrl: null },
    name: "my agent",
    clock: systemClock,
    redact: makeRedactor(),
    limiters: () => [],
    write: () => undefined,
  });
  const { find, clock, actor } = inspectedAgent((event) => inspection.inspect?.(event));
  await clock.advance(0);
  find("aaaa1111-0000", "bbbb2222-0000");
  await clock.advance(2000);
  actor.send({ type: "stop.forced" });
  await inspection[Symbol.asyncDispose]();
  return path;
}

/** The program itself, with no right to write and none to the network but loopback. */
async function run(...words: readonly string[]) {
  const args = ["run", "--no-prompt", "--allow-read", "--allow-env", "--allow-net=127.0.0.1", MAIN, ...words];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("recording: given a recorded agent, when traced and replayed, then timeline and verdict are printed", async () => {
  const folder = await Deno.makeTempDir();
  const path = await recorded(folder);

  const traced = await run("trace", "aaaa", path);
  const replayed = await run("replay", path);
  const unknown = await run("trace", "cccc", path);

  assert.equal(traced.code, 0, traced.err);
  assert.match(traced.out, /claiming --\(claimRun done\)--> planning/);
  assert.match(traced.out, /runTask {2}done/);
  assert.match(traced.out, /Ended: Success \(its machine: completed in completed\)/);
  assert.equal(replayed.code, 0, replayed.out);
  assert.match(replayed.out, /2 runs take the recorded path, 0 take another, 0 could not be replayed/);
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.err,
    /no recorded run has this id or name; there are aaaa1111-0000 \(name of aaaa1111-0000\)/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("recording: given one that was cut off, when opened, then the same page shows it and says so", async () => {
  const folder = await Deno.makeTempDir();
  const path = await recorded(folder);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.slice(0, text.length * 0.6));
  const args = ["run", "--no-prompt", "--allow-read", "--allow-env", "--allow-net=127.0.0.1", MAIN];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, "inspect", path, "--listen", "127.0.0.1:0"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let out = "";
  while (!out.includes("Ctrl-C")) out += (await reader.read()).value ?? assert.fail(out);

  const url = new URL(/http:\S+/.exec(out)?.[0] ?? "");
  const overview = await (await fetch(new URL(`/api/overview${url.search}`, url))).json();
  const page = await fetch(url);
  await page.body?.cancel();
  child.kill("SIGTERM");
  const { code } = await child.status;
  await reader.cancel();

  assert.match(out, /The recording breaks off/);
  assert.equal(page.status, 200);
  assert.deepEqual(overview.runs.map(({ id, outcome }: { id: string; outcome: string }) => [id, outcome]), [
    ["aaaa1111-0000", "abandoned"],
    ["bbbb2222-0000", "abandoned"],
  ]);
  assert.equal(code, 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("recording file: given parts that fill up, when written on, then the newest are kept and only the user reads them", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/a.jsonl`;
  for (let start = 0; start < 2; start++) {
    const file = openRecording(path, { partBytes: 10, parts: 2 });
    for (let i = 0; i < 4; i++) {
      file.write(`${start} line ${i} äöü\n`);
      file.flush();
      if (file.isFull()) file.nextPart();
    }
    file.write("end\n");
    file.close();
  }

  const read = (name: string) => Deno.readTextFileSync(`${path}${name}`);
  assert.equal(read(""), "end\n");
  assert.equal(read(".1"), "1 line 3 äöü\n");
  assert.equal(read(".2"), "1 line 2 äöü\n");
  assert.throws(() => read(".3"), Deno.errors.NotFound);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("recording file: given texts longer than the buffer, when written, then every byte arrives", async () => {
  const folder = await Deno.makeTempDir();
  const file = openRecording(`${folder}/a`);
  const long = "ä".repeat(700_000);

  file.write("first\n");
  file.write(long);
  file.write("\nlast");
  file.close();

  assert.equal(await Deno.readTextFile(`${folder}/a`), `first\n${long}\nlast`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("--record: given a process that may not write, when started, then it says which task may", async () => {
  const words = [
    "ecs",
    "start",
    "--api",
    "http://127.0.0.1:9",
    "--record",
    "recordings/x.jsonl",
    "--cluster",
    "c",
  ];
  const env = { AWS_DEFAULT_REGION: "us-east-1", PREFECT__BACKEND: "server" };
  const args = [
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-env",
    "--allow-net=127.0.0.1",
    "--allow-sys",
    MAIN,
  ];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args, ...words], env })
    .output();
  const err = new TextDecoder().decode(stderr);

  assert.equal(code, 1, err);
  assert.match(
    err,
    /Cannot write the recording recordings\/x\.jsonl: this process may not write there; start it by `deno task agent:record`/,
  );
});

Deno.test("openRecording: given a folder in place of a file, when opened, then it is refused as configuration", async () => {
  const folder = await Deno.makeTempDir();
  Deno.mkdirSync(`${folder}/a/b`, { recursive: true });

  assert.throws(
    () => openRecording(`${folder}/a`),
    (error) => error instanceof FailureError && error.failure.tag === "configuration",
  );
  assert.ok(Deno.statSync(`${folder}/a/b`).isDirectory);
  await Deno.remove(folder, { recursive: true });
});
