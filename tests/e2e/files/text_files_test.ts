import assert from "node:assert/strict";
import { readConfigFile } from "../../../actors/files/read_config_file.ts";
import { readNamedFile } from "../../../actors/files/read_named_file.ts";
import { locateFrom } from "../../../commands/wiring/locate.ts";
import { openHttp } from "../../../commands/wiring/open_http.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { loadConfig } from "../../../schemas/prefect1/config/config.ts";
import { readSavedAuth } from "../../../schemas/prefect1/config/auth_file.ts";
import { encoded, ENCODINGS, UNREADABLE } from "../../support/encodings.ts";

/** Does something with a file that holds these bytes. */
async function withFile<T>(bytes: Uint8Array, use: (path: string) => T): Promise<Awaited<T>> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const CERTIFICATE = await Deno.readTextFile(new URL("../tls/loopback.pem", import.meta.url));

/** Each takes text from a file on disk. */
const READERS:
  readonly (readonly [name: string, text: string, read: (path: string) => unknown, gives: unknown])[] = [
    ["config.toml", '[cloud.agent]\nname = "Zoë"\n', (path) => {
      const config = loadConfig({ PREFECT__USER_CONFIG_PATH: path, HOME: "/nowhere" }, readConfigFile);
      return config.get("cloud.agent.name")?.text;
    }, "Zoë"],
    ["auth.toml", '["api.prefect.io"]\napi_key = "Zoë"\n', (path) => {
      return readSavedAuth({ path, text: readConfigFile(path) ?? "" }, "https://api.prefect.io").apiKey;
    }, "Zoë"],
    ["a named file", "who: Zoë\n", (path) => {
      return readNamedFile({ option: "--kwargs-file", path, told: (shown) => shown }, (typed) => typed);
    }, "who: Zoë\n"],
    ["a CA file", CERTIFICATE, (path) => {
      const env = { REQUESTS_CA_BUNDLE: path };
      const http = openHttp({ env, locate: locateFrom(env) });
      http.close();
      return http.caCerts;
    }, [CERTIFICATE]],
  ];

for (const [name, text, read, gives] of READERS) {
  for (const encoding of ENCODINGS) {
    Deno.test(`text files: given ${name} in ${encoding}, when read, then its characters are there`, async () => {
      assert.deepEqual(await withFile(encoded(text, encoding), read), gives);
    });
  }
  for (const { name: kind, bytes, atByte } of UNREADABLE) {
    Deno.test(`text files: given ${name} as ${kind}, when read, then it is refused with its path and place`, async () => {
      await withFile(bytes, async (path) => {
        const failure = toFailure(
          await Promise.resolve().then(() => read(path)).catch((thrown: unknown) => thrown),
        );

        assert.equal(failure.tag, "configuration");
        assert.ok(failure.message.includes(path), failure.message);
        assert.match(failure.message, new RegExp(`at byte offset ${atByte} `));
        assert.doesNotMatch(failure.message, /WHO|Zo|\ufffd/);
      });
    });
  }
}

Deno.test("text files: given a recording that breaks off within a character, when read, then the rest is there", async () => {
  const whole = new TextEncoder().encode("one\nZoë");
  const read = (path: string, mayBreakOff: boolean) =>
    readNamedFile({ option: "FILE", path, told: (shown) => shown, mayBreakOff }, (typed) => typed);

  await withFile(whole.subarray(0, -1), async (path) => {
    assert.equal(await read(path, true), "one\nZo");
    await assert.rejects(read(path, false), /at byte offset 6 /);
  });
});
