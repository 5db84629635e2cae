import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveWorker } from "../../../../schemas/prefect3/settings/resolve_worker.ts";
import { findSettings } from "../../../../schemas/prefect3/settings/setting_sources.ts";
import type { WorkerSettings } from "../../../../schemas/prefect3/settings/worker_settings.ts";
import type { OptionValues } from "../../../../schemas/options/option.ts";
import { type Failure, FailureError } from "../../../../schemas/failure/failure.ts";

const API = { PREFECT_API_URL: "http://127.0.0.1:4200/api" };

interface Given {
  readonly values?: OptionValues;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function worker({ values = {}, env = {}, files = {} }: Given = {}): WorkerSettings {
  const readText = (path: string) => Object.hasOwn(files, path) ? files[path] ?? null : null;
  const all = { ...API, ...env };
  return resolveWorker({
    values: { pool: "pool", ...values },
    env: all,
    readText,
    found: findSettings({ env: all, readText, profile: null }),
    newUuid: () => "uuid",
  });
}

function refusalOf(given: Given): Failure {
  try {
    worker(given);
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.failure;
    throw thrown;
  }
  return assert.fail("it is not refused");
}

Deno.test("worker settings: given a pool and an address alone, when resolved, then the defaults of the original hold", () => {
  const { api, logs, ...settings } = worker();

  const { name, queues, limit, prefetchMs, queryMs, heartbeatMs, createPool, maxPolls, graceMs } = settings;
  assert.deepEqual({ name, queues, limit, prefetchMs, queryMs, heartbeatMs, createPool, maxPolls, graceMs }, {
    name: "ECSWorker uuid",
    queues: [],
    limit: null,
    prefetchMs: 10_000,
    queryMs: 10_000,
    heartbeatMs: 30_000,
    createPool: true,
    maxPolls: null,
    graceMs: 25_000,
  });
  assert.deepEqual(logs, { enabled: true, intervalMs: 2000, batchBytes: 4_000_000, lineBytes: 1_000_000 });
  assert.deepEqual([
    api.url,
    api.key,
    api.authString,
    api.csrf,
    api.jitter,
    api.maxRetries,
    api.requestTimeoutMs,
  ], [
    "http://127.0.0.1:4200/api",
    null,
    null,
    true,
    0.2,
    null,
    60_000,
  ]);
  assert.deepEqual([settings.logLevel, settings.agentAddress, settings.events, settings.cancels], [
    "INFO",
    null,
    true,
    true,
  ]);
});

for (
  const [what, given, pick, expected] of [
    ["a name", { values: { name: "mine" } }, (s: WorkerSettings) => s.name, "mine"],
    [
      "queues, one of them twice and one empty",
      { values: { "work-queue": ["a", "b", "a", ""] } },
      (s: WorkerSettings) => s.queues,
      ["a", "b"],
    ],
    ["a limit", { values: { limit: "3" } }, (s: WorkerSettings) => s.limit, 3],
    ["a prefetch of 0", { values: { "prefetch-seconds": "0" } }, (s: WorkerSettings) => s.prefetchMs, 0],
    [
      "an option beside its setting",
      { values: { "prefetch-seconds": "1" }, env: { PREFECT_WORKER_PREFETCH_SECONDS: "7" } },
      (s: WorkerSettings) => s.prefetchMs,
      1000,
    ],
    [
      "a setting with blanks",
      { env: { PREFECT_WORKER_PREFETCH_SECONDS: " 7 " } },
      (s: WorkerSettings) => s.prefetchMs,
      7000,
    ],
    [
      "an empty setting",
      { env: { PREFECT_WORKER_QUERY_SECONDS: "" } },
      (s: WorkerSettings) => s.queryMs,
      10_000,
    ],
    ["--run-once", { values: { "run-once": true } }, (s: WorkerSettings) => s.maxPolls, 1],
    [
      "--no-create-pool-if-not-found",
      { values: { "no-create-pool-if-not-found": true } },
      (s: WorkerSettings) => s.createPool,
      false,
    ],
    ["--no-events", { values: { "no-events": true } }, (s: WorkerSettings) => s.events, false],
    [
      "cancellation switched off",
      { env: { PREFECT_WORKER_ENABLE_CANCELLATION: "false" } },
      (s: WorkerSettings) => s.cancels,
      false,
    ],
    [
      "--with-healthcheck",
      { values: { "with-healthcheck": true } },
      (s: WorkerSettings) => s.agentAddress,
      "http://0.0.0.0:8080",
    ],
    [
      "--with-healthcheck on an address of IPv6",
      {
        values: { "with-healthcheck": true },
        env: { PREFECT_WORKER_WEBSERVER_HOST: "::1", PREFECT_WORKER_WEBSERVER_PORT: "9" },
      },
      (s: WorkerSettings) => s.agentAddress,
      "http://[::1]:9",
    ],
    [
      "a level in small letters",
      { env: { PREFECT_LOGGING_LEVEL: "debug" } },
      (s: WorkerSettings) => s.logLevel,
      "DEBUG",
    ],
    [
      "CRITICAL",
      { env: { PREFECT_LOGGING_LEVEL: "CRITICAL" } },
      (s: WorkerSettings) => s.logLevel,
      "ERROR",
    ],
    [
      "debug mode of the worker",
      { env: { PREFECT_LOGGING_LEVEL: "ERROR", PREFECT_WORKER_DEBUG_MODE: "1" } },
      (s: WorkerSettings) => s.logLevel,
      "DEBUG",
    ],
    [
      "Prefect Cloud",
      { env: { PREFECT_API_URL: "https://api.prefect.cloud/api/accounts/a/workspaces/w" } },
      (s: WorkerSettings) => s.logs.lineBytes,
      25_000,
    ],
    [
      "a template",
      { values: { "base-job-template": "t.json" }, files: { "t.json": '{"variables": {}}' } },
      (s: WorkerSettings) => s.baseJobTemplate,
      { variables: {} },
    ],
    [
      "an address with slashes",
      { env: { PREFECT_API_URL: "http://h/api//" } },
      (s: WorkerSettings) => s.api.url,
      "http://h/api",
    ],
    [
      "a key with a line end",
      { env: { PREFECT_API_KEY: "pnu_abc\n" } },
      (s: WorkerSettings) => s.api.key?.reveal(),
      "pnu_abc",
    ],
    [
      "an empty key and pair",
      { env: { PREFECT_API_KEY: "", PREFECT_API_AUTH_STRING: " " } },
      (s: WorkerSettings) => [s.api.key, s.api.authString],
      [null, null],
    ],
    [
      "codes in brackets, one twice",
      { env: { PREFECT_CLIENT_RETRY_EXTRA_CODES: "[404, 418,404]" } },
      (s: WorkerSettings) => s.api.extraCodes,
      [404, 418],
    ],
    [
      "headers",
      { env: { PREFECT_CLIENT_CUSTOM_HEADERS: '{"X-Team": " data "}' } },
      (s: WorkerSettings) => s.api.headers,
      { "X-Team": "data" },
    ],
    [
      "authorities by the name that others read",
      { env: { SSL_CERT_FILE: "/ca.pem" } },
      (s: WorkerSettings) => s.api.certFile,
      "/ca.pem",
    ],
    [
      "retries of the user",
      { env: { PREFECT_CLIENT_MAX_RETRIES: "0" } },
      (s: WorkerSettings) => s.api.maxRetries,
      0,
    ],
  ] as const
) {
  Deno.test(`worker settings: given ${what}, when resolved, then it is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(pick(worker(given)), expected);
  });
}

for (
  const [what, given, words] of [
    ["no pool", { values: { pool: undefined } }, ["--pool"]],
    ["a name with a slash", { values: { name: "a/b" } }, ["--name", "/ or %"]],
    ["a name with a percent sign", { values: { name: "a%b" } }, ["--name", "/ or %"]],
    ["a limit of 0", { values: { limit: "0" } }, ["limit", "1"]],
    ["a limit that is no number", { values: { limit: "many" } }, ["limit"]],
    ["a negative prefetch", { values: { "prefetch-seconds": "-1" } }, ["prefetch-seconds", "0"]],
    ["a setting that is no number", { env: { PREFECT_WORKER_QUERY_SECONDS: "soon" } }, [
      "PREFECT_WORKER_QUERY_SECONDS",
      "environment",
      "number from",
    ]],
    ["a level that there is not", { env: { PREFECT_LOGGING_LEVEL: "LOUD" } }, [
      "PREFECT_LOGGING_LEVEL",
      "DEBUG, INFO",
    ]],
    ["a template that is not there", { values: { "base-job-template": "t.json" } }, [
      "t.json",
      "no such file",
    ]],
    ["a template that is no JSON", { values: { "base-job-template": "t" }, files: { t: "{" } }, ["not JSON"]],
    ["a template that is a list", { values: { "base-job-template": "t" }, files: { t: "[]" } }, [
      "no JSON object",
    ]],
    ["an address without a scheme", { env: { PREFECT_API_URL: "prefect/api" } }, [
      "PREFECT_API_URL",
      "http://",
    ]],
    ["an address with a query", { env: { PREFECT_API_URL: "http://h/api?x=1" } }, [
      "PREFECT_API_URL",
      "? and #",
    ]],
    ["lines longer than batches", { env: { PREFECT_LOGGING_TO_API_BATCH_SIZE: "10" } }, [
      "PREFECT_LOGGING_TO_API_BATCH_SIZE",
    ]],
    ["a code that is none", { env: { PREFECT_CLIENT_RETRY_EXTRA_CODES: "5xx" } }, ["100 to 599"]],
    ["headers that are no object", { env: { PREFECT_CLIENT_CUSTOM_HEADERS: "[]" } }, ["JSON object"]],
    ["a header with a line end", { env: { PREFECT_CLIENT_CUSTOM_HEADERS: '{"a": "b\\nc"}' } }, [
      "JSON object",
    ]],
    ["a flag that is none", { env: { PREFECT_API_TLS_INSECURE_SKIP_VERIFY: "maybe" } }, ["true or false"]],
    ["a port that is none", { env: { PREFECT_WORKER_WEBSERVER_PORT: "70000" } }, ["65535"]],
  ] as const
) {
  Deno.test(`worker settings: given ${what}, when resolved, then it is refused with ${words.join(" and ")}`, () => {
    const failure = refusalOf(given);

    // A `configuration` of an option's value is made `usage` where the command line is read.
    assert.ok(failure.tag === "usage" || failure.tag === "configuration");
    for (const word of words) assert.ok(failure.message.includes(word), failure.message);
  });
}

Deno.test("worker settings: given any key or pair, when it is refused, then its text is not in the message", () => {
  const secret = fc.string({ minLength: 6, maxLength: 40 }).filter((text) =>
    /[^\x21-\x7e]/.test(text.trim())
  );

  fc.assert(fc.property(secret, (text) => {
    const failure = refusalOf({ env: { PREFECT_API_KEY: `k${text}k` } });
    assert.equal(failure.tag, "usage");
    assert.ok(!failure.message.includes(text));
  }));
});

Deno.test("worker settings: given any text for any number, when resolved, then it is a number in its range, or refused with its name", () => {
  const name = fc.constantFrom(
    "PREFECT_WORKER_QUERY_SECONDS",
    "PREFECT_WORKER_HEARTBEAT_SECONDS",
    "PREFECT_API_REQUEST_TIMEOUT",
    "PREFECT_CLIENT_RETRY_JITTER_FACTOR",
  );
  const text = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.constantFrom("NaN", "Infinity", "-0", "1e999", "0x10"),
  );

  fc.assert(fc.property(name, text, (setting, value) => {
    try {
      const { queryMs, heartbeatMs, api } = worker({ env: { [setting]: value } });
      for (const number of [queryMs, heartbeatMs, api.requestTimeoutMs, api.jitter]) {
        assert.ok(Number.isFinite(number) && number >= 0);
      }
    } catch (thrown) {
      assert.ok(thrown instanceof FailureError && thrown.failure.message.includes(setting), String(thrown));
    }
  }));
});

const ECS = "PREFECT_INTEGRATIONS_AWS_ECS_WORKER_";

for (
  const [what, env, expected] of [
    ["nothing", {}, null],
    ["attempts alone", { CREATE_TASK_RUN_MAX_ATTEMPTS: "5" }, [5, 1000, 3000]],
    ["a delay alone", { CREATE_TASK_RUN_MIN_DELAY_SECONDS: "7" }, [null, 7000, 3000]],
    [
      "all",
      {
        CREATE_TASK_RUN_MAX_ATTEMPTS: "2",
        CREATE_TASK_RUN_MIN_DELAY_SECONDS: "2",
        CREATE_TASK_RUN_MIN_DELAY_JITTER_SECONDS: "1",
        CREATE_TASK_RUN_MAX_DELAY_JITTER_SECONDS: "4",
      },
      [2, 3000, 3000],
    ],
  ] as const
) {
  Deno.test(`worker settings: given ${what} about attempts to start a task, when resolved, then number and waits are those of the original`, () => {
    const named = Object.fromEntries(Object.entries(env).map(([name, value]) => [`${ECS}${name}`, value]));

    const { ecs: { launchAttempts: made } } = worker({ env: named });

    assert.deepEqual(made && [made.most, made.delayMs, made.jitterMs], expected);
  });
}

Deno.test("worker settings: given waits between registrations without a number of them, when resolved, then they are named as without effect", () => {
  const delay = `${ECS}REGISTER_TASK_DEFINITION_INITIAL_DELAY_SECONDS`;
  const most = `${ECS}REGISTER_TASK_DEFINITION_MAX_ATTEMPTS`;

  const alone = worker({ env: { [delay]: "2" } }).ecs;
  const both = worker({ env: { [delay]: "2", [most]: "4" } }).ecs;

  assert.deepEqual([alone.withoutEffect, alone.registerAttempts], [[delay], null]);
  assert.deepEqual([both.withoutEffect, both.registerAttempts?.most, both.registerAttempts?.delayMs], [
    [],
    4,
    2000,
  ]);
});
