import assert from "node:assert/strict";
import { chainedAnswer, type ChainedSetting } from "../../../../schemas/prefect1/config/chained_setting.ts";

type Env = Readonly<Record<string, string>>;

const AUTH = '["api.prefect.io"]\napi_key = "saved"\n';

/** What is set, the command, whether they agree, and the one line. */
const ANSWERS: readonly (readonly [Env, ChainedSetting, boolean, RegExp])[] = [
  [{ PREFECT__BACKEND: "server" }, { what: "backend", wanted: "server" }, true, /by PREFECT__BACKEND$/],
  [{ PREFECT__BACKEND: "server\r" }, { what: "backend", wanted: "server" }, true, /by PREFECT__BACKEND$/],
  [{}, { what: "backend", wanted: "cloud" }, true, /PREFECT__BACKEND/],
  [{}, { what: "backend", wanted: "server" }, false, /set PREFECT__BACKEND=server/],
  [{ PREFECT__BACKEND: "server" }, { what: "backend", wanted: "cloud" }, false, /set PREFECT__BACKEND=cloud/],
  [{}, { what: "backend", wanted: "sevrer" }, false, /'sevrer': accepted are cloud and server/],
  [{ PREFECT__CLOUD__API_KEY: "k3y" }, { what: "key", wanted: "k3y" }, true, /by PREFECT__CLOUD__API_KEY$/],
  [{}, { what: "key", wanted: "saved" }, true, /by auth\.toml$/],
  [{}, { what: "key", wanted: "k3y" }, false, /set PREFECT__CLOUD__API_KEY/],
  [
    { PREFECT__CLOUD__AGENT__AUTH_TOKEN: "t0ken" },
    { what: "token", wanted: "t0ken" },
    true,
    /by PREFECT__CLOUD__AGENT__AUTH_TOKEN$/,
  ],
  [{}, { what: "token", wanted: "t0ken" }, false, /set PREFECT__CLOUD__AGENT__AUTH_TOKEN/],
];

for (const [env, setting, agrees, line] of ANSWERS) {
  Deno.test(`chained setting: given ${JSON.stringify(env)}, when ${JSON.stringify(setting)} is asked, then one line names the variable`, () => {
    const readText = (path: string) => path.endsWith("auth.toml") ? AUTH : null;

    const answer = chainedAnswer(setting, { env, readText });

    assert.equal(answer.agrees, agrees, answer.line);
    assert.match(answer.line, line);
    assert.doesNotMatch(answer.line, /k3y|t0ken|saved,|\n/);
  });
}
