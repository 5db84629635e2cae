import assert from "node:assert/strict";
import { templateSettings } from "../../../schemas/templates/template_options.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

function refusalOf(values: Parameters<typeof templateSettings>[0]): string {
  try {
    templateSettings(values);
  } catch (thrown) {
    if (thrown instanceof FailureError && thrown.failure.tag === "usage") return thrown.failure.message;
    throw thrown;
  }
  return "not refused";
}

Deno.test("template options: given none, when read, then every place and no address", () => {
  assert.deepEqual(templateSettings({}), { places: null, allowed: [] });
});

Deno.test("template options: given places, addresses and none, when read, then they are parsed", () => {
  const settings = templateSettings({
    "run-templates-from": ["/srv/t", "s3://b/p/", "https://H/x"],
    "allow-template-address": ["LocalHost:81", "0x7f000001"],
  });

  assert.deepEqual(settings, {
    places: [
      { kind: "folder", path: "/srv/t" },
      { kind: "bucket", bucket: "b", segments: ["p"] },
      { kind: "site", origin: "https://h:443", segments: ["x"] },
    ],
    allowed: [{ host: "localhost", port: 81 }, { host: "127.0.0.1", port: null }],
  });
  assert.deepEqual(templateSettings({ "run-templates-from": ["none"] }).places, []);
});

Deno.test("template options: given values that name nothing, when read, then the refusal names option and accepted values", () => {
  const place = refusalOf({ "run-templates-from": ["gs://b/k"] });
  const both = refusalOf({ "run-templates-from": ["none", "/srv"] });
  const host = refusalOf({ "allow-template-address": ["http://h"] });

  assert.match(place, /'--run-templates-from': 'gs:\/\/b\/k' is not a folder, s3:/);
  assert.match(both, /'--run-templates-from': 'none' is not the only value/);
  assert.match(host, /'--allow-template-address': 'http:\/\/h' is not HOST or HOST:PORT/);
});
