import assert from "node:assert/strict";
import fc from "fast-check";
import { apiSlug } from "../../../../schemas/prefect1/config/auth_file.ts";
import { loadConfig, pythonText } from "../../../../schemas/prefect1/config/config.ts";
import { placeOf } from "../../../../schemas/prefect1/config/config_value.ts";
import { expandVariables } from "../../../../schemas/python/expand_variables.ts";
import { readToml } from "../../../../schemas/toml/toml_entries.ts";

const ENV = { HOME: "/home/u", A: "$B", B: "bee" };

/** Compared with Prefect 0.15.13 on generated configurations. */
const EXPANSIONS: readonly (readonly [string, string])[] = [
  ["~", "/home/u"],
  ["~/x", "/home/u/x"],
  ["~other/x", "~other/x"],
  ["x~", "x~"],
  ["$A and ${B}", "bee and bee"],
  ["$UNSET ${UNSET}", "$UNSET ${UNSET}"],
  ["a$$b", "a$$b"],
  ["${a.b}", "${a.b}"],
  ["", ""],
];

for (const [text, expanded] of EXPANSIONS) {
  Deno.test(`expandVariables: given ${JSON.stringify(text)}, when expanded, then ${expanded}`, () => {
    assert.equal(expandVariables(text, ENV), expanded);
  });
}

Deno.test("expandVariables: given variables that grow without end, when expanded, then null", () => {
  assert.equal(expandVariables("$GROW", { GROW: "x$GROW" }), null);
});

Deno.test("expandVariables: given text without dollar and tilde, when expanded, then it is untouched", () => {
  fc.assert(
    fc.property(fc.string().filter((text) => !/[$~]/.test(text)), (text) => {
      assert.equal(expandVariables(text, ENV), text);
    }),
    { numRuns: 50 },
  );
});

function value(name: string, env: Readonly<Record<string, string>>, user = "") {
  const entry = loadConfig({ ...ENV, ...env }, (path) => path.endsWith("/config.toml") ? user : null).get(
    name,
  );
  assert.ok(entry);
  return entry.value;
}

const TYPED: readonly (readonly [string, ReturnType<typeof value>])[] = [
  ["tRuE", { kind: "bool", value: true }],
  ["5", { kind: "int", digits: "5" }],
  ["1e3", { kind: "float", value: 1000 }],
  ["'x'", { kind: "str", value: "x" }],
  ["plain", { kind: "str", value: "plain" }],
  ["None", { kind: "none" }],
  ["['a']", { kind: "list", items: [{ kind: "str", value: "a" }] }],
];

/** Values of variables pass the typing twice, those of files once. */
const QUOTED: readonly (readonly [string, ReturnType<typeof value>])[] = [
  [`"['a']"`, { kind: "list", items: [{ kind: "str", value: "a" }] }],
  ["'false'", { kind: "bool", value: false }],
  [`"'a'"`, { kind: "str", value: "a" }],
  ["'~/x'", { kind: "str", value: "/home/u/x" }],
];

for (const [text, expected] of QUOTED) {
  Deno.test(`loadConfig: given ${text} in a variable, when loaded, then the quotes of an env file do no harm`, () => {
    assert.deepEqual(value("cloud.agent.name", { PREFECT__CLOUD__AGENT__NAME: text }), expected);
  });
}

for (const [text, typed] of TYPED) {
  Deno.test(`loadConfig: given ${text} in a variable or a file, when loaded, then it is typed`, () => {
    assert.deepEqual(value("a.b", { PREFECT__A__B: text }), typed);
    assert.deepEqual(value("a.b", {}, `[a]\nb = ${JSON.stringify(text)}\n`), typed);
  });
}

Deno.test("loadConfig: given a whole reference, when loaded, then the type of its target is kept", () => {
  assert.deepEqual(value("a", { PREFECT__A: "${b}", PREFECT__B: "5" }), { kind: "int", digits: "5" });
});

Deno.test("loadConfig: given references inside references, when loaded, then the inner one goes first", () => {
  assert.equal(pythonText(value("cloud.api", { PREFECT__BACKEND: "server" })), "http://localhost:4200");
  assert.equal(pythonText(value("cloud.graphql", {})), "https://api.prefect.io/graphql");
});

Deno.test("loadConfig: given references in a circle, when loaded, then it ends", () => {
  assert.equal(value("a", { PREFECT__A: "${b}", PREFECT__B: "${a}" }).kind, "str");
});

Deno.test("placeOf: given a value of a file and of a variable, when named, then line or spelling is told", () => {
  const config = loadConfig(
    { ...ENV, PREFECT__cloud__agent__NAME: "x" },
    (path) => path.endsWith("/config.toml") ? `# a\n[cloud.agent]\n\nlevel = "x"\n` : null,
  );

  const place = (name: string) => placeOf(name, config.get(name));
  assert.equal(place("cloud.agent.level"), "cloud.agent.level in /home/u/.prefect/config.toml, line 4");
  assert.equal(place("cloud.agent.name"), "PREFECT__cloud__agent__NAME");
  assert.equal(place("cloud.api_key"), "PREFECT__CLOUD__API_KEY");
});

Deno.test("readToml: given tables, lists and big numbers, when read, then every value has its path and line", () => {
  const entries = readToml(
    `top = 1\n["a.b"]\nc = [1, 2.5]\n\nd = 12345678901234567890\ne.f = {g = true}\n`,
    "x.toml",
  );

  assert.deepEqual(entries.map(({ path, line, value }) => [path, line, pythonText(value)]), [
    [["top"], 1, "1"],
    [["a.b", "c"], 3, "[1, 2.5]"],
    [["a.b", "d"], 5, "12345678901234567890"],
    [["a.b", "e", "f", "g"], null, "True"],
  ]);
});

const SLUGS: readonly (readonly [string, string])[] = [
  ["https://api.prefect.io", "api.prefect.io"],
  ["https://Proxy.example.com:8443/graphql", "proxy.example.com-8443"],
  ["http://user@h:1?x", "user-h-1"],
  ["localhost:4200", "localhost-4200"],
  ["https://a--b.example_c.com", "a-b.example-c.com"],
];

for (const [url, slug] of SLUGS) {
  Deno.test(`apiSlug: given ${url}, when made a section name, then ${slug}`, () => {
    assert.equal(apiSlug(url), slug);
  });
}
