import assert from "node:assert/strict";
import { findSettings, type FoundSettings } from "../../../../schemas/prefect3/settings/setting_sources.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly profile?: string;
}

function found({ env = {}, files = {}, profile }: World): FoundSettings {
  return findSettings({
    env,
    readText: (path) => Object.hasOwn(files, path) ? files[path] ?? null : null,
    profile: profile ?? null,
  });
}

const QUERY = "PREFECT_WORKER_QUERY_SECONDS";

/** One source each that says the same setting, strongest first. */
const SOURCES = [
  {
    from: "environment",
    says: (value: string): World => ({ env: { [QUERY]: value } }),
  },
  {
    from: ".env",
    says: (value: string): World => ({ files: { ".env": `# worker\nexport ${QUERY}="${value}"\n` } }),
  },
  {
    from: "prefect.toml, line 2",
    says: (value: string): World => ({ files: { "prefect.toml": `[worker]\nquery_seconds = "${value}"\n` } }),
  },
  {
    from: "pyproject.toml, line 2",
    says: (value: string): World => ({
      files: { "pyproject.toml": `[tool.prefect.worker]\nquery_seconds = "${value}"\n` },
    }),
  },
  {
    from: "profile dev",
    says: (value: string): World => ({
      files: { "~/.prefect/profiles.toml": `active = "dev"\n[profiles.dev]\n${QUERY} = "${value}"\n` },
    }),
  },
] as const;

function together(worlds: readonly World[]): World {
  return {
    env: Object.assign({}, ...worlds.map(({ env }) => env)),
    files: Object.assign({}, ...worlds.map(({ files }) => files)),
  };
}

for (const [at, { from, says }] of SOURCES.entries()) {
  Deno.test(`settings: given one in ${from} and in all weaker sources, when found, then that counts, trimmed, with its place`, () => {
    const weaker = SOURCES.slice(at + 1).map((source) => source.says("9"));

    const { all } = found(together([says("  7 "), ...weaker]));

    assert.deepEqual(all.get(QUERY), { name: QUERY, text: "7", from });
  });

  Deno.test(`settings: given an empty one in ${from}, when found, then it counts as unset and a weaker source is asked`, () => {
    const weaker = SOURCES.slice(at + 1, at + 2).map((source) => source.says("9"));

    const { all } = found(together([says(" "), ...weaker]));

    assert.equal(all.get(QUERY)?.text, weaker.length === 0 ? undefined : "9");
  });
}

const URL_OF = "PREFECT_API_URL";
const PROFILES = `active = "dev"
[profiles.dev]
${URL_OF} = "http://dev/api"
[profiles.prod]
${URL_OF} = "http://prod/api"
[profiles.empty]
`;

const PROFILE_CASES: readonly (readonly [given: string, world: World, url: string | undefined])[] = [
  ["the active one", { files: { "~/.prefect/profiles.toml": PROFILES } }, "http://dev/api"],
  [
    "PREFECT_PROFILE",
    { env: { PREFECT_PROFILE: " prod " }, files: { "~/.prefect/profiles.toml": PROFILES } },
    "http://prod/api",
  ],
  [
    "--profile and PREFECT_PROFILE",
    { env: { PREFECT_PROFILE: "dev" }, profile: "prod", files: { "~/.prefect/profiles.toml": PROFILES } },
    "http://prod/api",
  ],
  ["one without settings", { profile: "empty", files: { "~/.prefect/profiles.toml": PROFILES } }, undefined],
  [
    "PREFECT_HOME",
    { env: { PREFECT_HOME: "/h/" }, files: { "/h/profiles.toml": PROFILES } },
    "http://dev/api",
  ],
  [
    "PREFECT_PROFILES_PATH in .env",
    { files: { ".env": "PREFECT_PROFILES_PATH=/p.toml\n", "/p.toml": PROFILES } },
    "http://dev/api",
  ],
  [
    "profiles_path in prefect.toml below PREFECT_HOME",
    {
      env: { PREFECT_HOME: "/h" },
      files: { "prefect.toml": 'profiles_path = "$PREFECT_HOME/mine.toml"\n', "/h/mine.toml": PROFILES },
    },
    "http://dev/api",
  ],
  ["no file of profiles", {}, undefined],
];

for (const [given, world, url] of PROFILE_CASES) {
  Deno.test(`settings: given a profile by ${given}, when found, then its settings are there or none`, () => {
    const { all, warnings } = found(world);

    assert.equal(all.get(URL_OF)?.text, url);
    assert.deepEqual(warnings, []);
  });
}

Deno.test("settings: given a profile that is not there, when found, then --profile is refused with the names and PREFECT_PROFILE warned of", () => {
  const files = { "~/.prefect/profiles.toml": PROFILES };

  assert.throws(() => found({ profile: "nope", files }), (error) => {
    assert.ok(error instanceof FailureError);
    assert.equal(error.failure.tag, "usage");
    assert.match(error.message, /'nope'.*dev, prod, empty/);
    return true;
  });
  const { warnings } = found({ env: { PREFECT_PROFILE: "nope" }, files });
  assert.match(warnings[0] ?? "", /'nope'.*no profile is used/);
});

const VALUES: readonly (readonly [given: string, world: World, name: string, text: string])[] = [
  [
    "a number in TOML",
    { files: { "prefect.toml": "[api]\nrequest_timeout = 12.5\n" } },
    "PREFECT_API_REQUEST_TIMEOUT",
    "12.5",
  ],
  [
    "a switch in TOML",
    { files: { "prefect.toml": "[api]\nenable_http2 = true\n" } },
    "PREFECT_API_ENABLE_HTTP2",
    "True",
  ],
  [
    "a list in TOML",
    { files: { "prefect.toml": "[client]\nretry_extra_codes = [404, 409]\n" } },
    "PREFECT_CLIENT_RETRY_EXTRA_CODES",
    "404,409",
  ],
  [
    "a table in TOML",
    { files: { "prefect.toml": '[client.custom_headers]\nX-A = "1"\nX-B = "2"\n' } },
    "PREFECT_CLIENT_CUSTOM_HEADERS",
    '{"X-A":"1","X-B":"2"}',
  ],
  [
    "a setting of an integration",
    { files: { "prefect.toml": "[integrations.aws.ecs.observer.sqs]\nqueue_name = 'q'\n" } },
    "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME",
    "q",
  ],
  ["an earlier name", { env: { PREFECT_TASK_DEFAULT_RETRIES: "3" } }, "PREFECT_TASKS_DEFAULT_RETRIES", "3"],
  [
    "an earlier name beside the present one",
    { env: { PREFECT_TASK_DEFAULT_RETRIES: "3", PREFECT_TASKS_DEFAULT_RETRIES: "4" } },
    "PREFECT_TASKS_DEFAULT_RETRIES",
    "4",
  ],
  ["lower case", { env: { prefect_api_url: "http://h/api" } }, URL_OF, "http://h/api"],
  ["a line end", { env: { PREFECT_API_KEY: "pnu_abc\n" } }, "PREFECT_API_KEY", "pnu_abc"],
  [
    "a reference in .env",
    { env: { HOST: "h" }, files: { ".env": "PORT=1\nPREFECT_API_URL=http://${HOST}:${PORT}/${P:-api}\n" } },
    URL_OF,
    "http://h:1/api",
  ],
];

for (const [given, world, name, text] of VALUES) {
  Deno.test(`settings: given ${given}, when found, then the value is as a variable would say it`, () => {
    assert.equal(found(world).all.get(name)?.text, text);
  });
}

Deno.test("settings: given variables that are no settings, when found, then they are left out", () => {
  const env = {
    PREFECT_AUTH_STRING: "a:b",
    PREFECT_MINE: "x",
    PREFECT__CLOUD__API: "y",
    PREFECT_PROFILE: "",
  };

  assert.deepEqual([...found({ env }).all], []);
});

for (const file of ["prefect.toml", "pyproject.toml", "~/.prefect/profiles.toml"]) {
  Deno.test(`settings: given ${file} that is not TOML, when found, then it is refused with its line and none of its text`, () => {
    assert.throws(
      () => found({ files: { [file]: '[worker]\nkey = "pnu_secret\n' } }),
      (error) => {
        assert.ok(error instanceof FailureError);
        assert.match(error.message, /line 2/);
        assert.ok(error.message.includes(file));
        assert.ok(!error.message.includes("pnu_secret"));
        return true;
      },
    );
  });
}
