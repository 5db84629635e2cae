/**
 * What `worker start` refuses before anything is sent: one message on standard error, exit code 2. Nothing may be sent here:
 * these tests have no permission to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runCommand } from "../../commands/dispatch.ts";
import { keptIo } from "./support/command.ts";

const HOME = Deno.cwd() + "/tests/commands/support/worker_home";
const ENV = {
  HOME: "/nowhere",
  PREFECT_API_URL: "http://127.0.0.1:1/api",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
};

type Env = Readonly<Record<string, string>>;

async function started(words: readonly string[], env: Env) {
  const { io, out, err } = keptIo(env);
  const code = await runCommand(["worker", "start", ...words], io);
  return { code, out, err };
}

/** Words after `worker start`, and the message. */
const WRONG_WORDS: readonly (readonly [words: string, message: RegExp])[] = [
  ["", /^Missing option --pool \(-p\) of `worker start`: give the name of a work pool of type ecs$/],
  ["--pool p --nope", /^Unknown option --nope of `worker start`: see `worker start --help`$/],
  ["--pool p --pol q", /^Unknown option --pol of `worker start`: did you mean --pool\?$/],
  ["--pool p --limt 3", /did you mean --limit\?$/],
  ["--pool p --work_queue a", /did you mean --work-queue\?$/],
  ["--pool", /^Missing value after option -p, --pool <NAME> of `worker start`/],
  ["--pool --name n", /^Missing value after option --pool of `worker start`: the next word is --name/],
  ["--pool=", /--pool/],
  ["--pool p q", /^Unexpected word 'q' after `worker start`: it takes options only$/],
  ["--pool p --run-once=yes", /^Option --run-once does not take a value$/],
  ["--pool p --type process", /--type.*ecs/],
  ["--pool p -t kubernetes", /--type.*ecs/],
  ["--pool p --install-policy sometimes", /--install-policy.*'always', 'if-not-present', 'never', 'prompt'/],
  ["--pool p --name a/b", /^Invalid value for '--name': 'a\/b' holds \/ or %, which the API does not take/],
  ["--pool p -n 50%", /^Invalid value for '--name': '50%' holds \/ or %/],
  ["--pool p --limit many", /--limit/],
  ["--pool p --limit 0", /--limit/],
  ["--pool p -l -1", /--limit|-l/],
  ["--pool p --limit 1.5", /--limit/],
  ["--pool p --limit NaN", /--limit/],
  ["--pool p --limit 9007199254740993", /--limit/],
  ["--pool p --prefetch-seconds soon", /--prefetch-seconds/],
  ["--pool p --prefetch-seconds=-1", /--prefetch-seconds/],
  ["--pool p --prefetch-seconds Infinity", /--prefetch-seconds/],
  ["--pool p --prefetch-seconds 1e9", /--prefetch-seconds/],
  ["--pool p --grace long", /--grace/],
  ["--pool p --cancel-grace x", /--cancel-grace/],
  ["--pool p --relaunch always", /--relaunch.*never/],
  ["--pool p --failure-log-lines -3", /--failure-log-lines/],
  ["--pool p --start-deadline x", /--start-deadline/],
  ["--pool p --watch-period 0", /--watch-period/],
  ["--pool p --aws-limits /nowhere/limits.json", /--aws-limits '\/nowhere\/limits.json'/],
  ["--pool p --log-format xml", /--log-format.*(text|json)/],
  [
    "--pool p --base-job-template /nowhere/template.json",
    /^Cannot use --base-job-template .*: there is no such file; expected a JSON file with the members variables/,
  ],
  [`--pool p --base-job-template ${HOME}/no_json.txt`, /--base-job-template .*: it is not JSON; expected/],
  [`--pool p --base-job-template ${HOME}/list.txt`, /--base-job-template .*: it holds no JSON object; /],
  ["--pool p --profile", /^Missing value after option --profile/],
  ["--pool p --profile nobody", /nobody/],
];

for (const [words, message] of WRONG_WORDS) {
  Deno.test(`worker start: given \`${words.replace(HOME, "…")}\`, when run, then one message says what is accepted and the exit code is 2`, async () => {
    const ran = await started(words.split(" ").filter((word) => word !== ""), ENV);

    assert.equal(ran.code, 2, ran.err.join("\n"));
    assert.deepEqual([ran.out, ran.err.length], [[], 1]);
    assert.match(ran.err[0] ?? "", message);
  });
}

/** Settings that cannot be used, and the message. */
const WRONG_SETTINGS: readonly (readonly [what: string, env: Env, message: RegExp])[] = [
  ["no address", { PREFECT_API_URL: "" }, /PREFECT_API_URL/],
  ["an address of blanks", { PREFECT_API_URL: "  \n" }, /PREFECT_API_URL/],
  ["an address that is none", { PREFECT_API_URL: "not an address" }, /PREFECT_API_URL/],
  ["an address of another kind", { PREFECT_API_URL: "ftp://server/api" }, /PREFECT_API_URL/],
  ["a wrong number", { PREFECT_WORKER_QUERY_SECONDS: "often" }, /PREFECT_WORKER_QUERY_SECONDS.*environment/],
  ["a negative number", { PREFECT_WORKER_HEARTBEAT_SECONDS: "-3" }, /PREFECT_WORKER_HEARTBEAT_SECONDS/],
  ["a wrong switch", { PREFECT_WORKER_ENABLE_CANCELLATION: "perhaps" }, /PREFECT_WORKER_ENABLE_CANCELLATION/],
  ["a wrong level", { PREFECT_LOGGING_LEVEL: "LOUD" }, /PREFECT_LOGGING_LEVEL.*DEBUG/],
  ["a wrong port", { PREFECT_WORKER_WEBSERVER_PORT: "70000" }, /PREFECT_WORKER_WEBSERVER_PORT/],
  ["headers that are no JSON", { PREFECT_CLIENT_CUSTOM_HEADERS: "{a" }, /PREFECT_CLIENT_CUSTOM_HEADERS/],
  ["headers that are a list", { PREFECT_CLIENT_CUSTOM_HEADERS: "[]" }, /PREFECT_CLIENT_CUSTOM_HEADERS/],
  [
    "extra codes that are none",
    { PREFECT_CLIENT_RETRY_EXTRA_CODES: "many" },
    /PREFECT_CLIENT_RETRY_EXTRA_CODES/,
  ],
  [
    "a profiles file that is no TOML",
    { PREFECT_PROFILES_PATH: `${HOME}/broken.toml` },
    /broken\.toml.*line 3|line 3.*broken\.toml/,
  ],
  [
    "a wrong number in a profile",
    { PREFECT_PROFILES_PATH: `${HOME}/profiles.toml` },
    /PREFECT_WORKER_QUERY_SECONDS.*profile/,
  ],
];

for (const [what, env, message] of WRONG_SETTINGS) {
  Deno.test(`worker start: given ${what}, when run, then one message names the setting and the exit code is 2`, async () => {
    const ran = await started(["--pool", "p"], { ...ENV, ...env });

    assert.equal(ran.code, 2, ran.err.join("\n"));
    assert.deepEqual([ran.out, ran.err.length], [[], 1]);
    assert.match(ran.err[0] ?? "", message);
  });
}

Deno.test("worker start: given a key in a setting that is wrong otherwise, when run, then the message does not show it", async () => {
  const env = { ...ENV, PREFECT_API_KEY: "pnu_s3cret", PREFECT_CLIENT_CUSTOM_HEADERS: '{"x": "pnu_s3cret"' };

  const ran = await started(["--pool", "p"], env);

  assert.equal(ran.code, 2);
  assert.ok(!ran.err.join("\n").includes("s3cret"));
});
