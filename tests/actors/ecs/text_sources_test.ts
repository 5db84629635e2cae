import assert from "node:assert/strict";
import { makeReadSource } from "../../../actors/ecs/read_source.ts";
import { makeReadRunSource } from "../../../actors/templates/read_run_source.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { defaultTemplateSettings } from "../../../schemas/templates/template_options.ts";
import { fileSource, httpSource, s3Source } from "../../../schemas/templates/place_source.ts";
import { namedByRun, type Reading, type Source } from "../../../schemas/plan/source.ts";
import { readAnswer } from "../../../schemas/prefect1/answer.ts";
import { encoded, ENCODINGS, UNREADABLE } from "../../support/encodings.ts";
import { fakeClock } from "../../support/clock.ts";
import { fakeEcs } from "../../support/fake_ecs.ts";

const OPTION = { option: "--task-definition" };

/** What the operator's options and what runs may name. */
const SOURCES: readonly Source[] = [
  { ...fileSource("/td.yaml"), ...OPTION },
  { ...s3Source("b", "td.yaml"), ...OPTION },
  { ...httpSource("http://proxied.example/td.yaml"), ...OPTION },
  namedByRun(fileSource("/td.yaml")),
  namedByRun(s3Source("b", "td.yaml")),
  namedByRun(httpSource("http://proxied.example/td.yaml")),
];

/** Reads bytes as if they lay at the source. @returns the text, or the message that refuses it */
async function readAs(source: Source, bytes: Uint8Array<ArrayBuffer>) {
  const http = () => Promise.resolve({ status: 200, headers: {}, body: bytes });
  const locate = (typed: string) => typed;
  const aws = {
    ecs: fakeEcs().calls,
    readS3Object: () => Promise.resolve({ found: true, bytes } as const),
    readDefaultSubnets: () => Promise.resolve([]),

    readVpcNetwork: (vpcId: string | null) =>
      Promise.resolve({ vpcId: vpcId ?? "vpc-default", subnets: ["subnet-a"] }),
  };
  const read = source.namedBy === "run"
    ? makeReadRunSource({
      readS3Object: aws.readS3Object,
      http,
      locate,
      clock: fakeClock(0),
      caCerts: [],
      env: { ALL_PROXY: "http://proxy.example" },
      settings: defaultTemplateSettings,
      lookup: () => Promise.resolve([]),
      files: {
        read: () => Promise.resolve({ outcome: "read", bytes }),
        realPath: (path) => Promise.resolve(path),
      },
    })
    : makeReadSource({ aws, http, locate, readFile: () => Promise.resolve(bytes) });
  try {
    return textOrWhy(await read(source, new AbortController().signal));
  } catch (thrown) {
    const failure = toFailure(thrown);
    assert.equal(failure.tag, "configuration");
    return { refused: failure.message };
  }
}

function textOrWhy(reading: Reading) {
  if (reading.kind === "text") return { text: reading.text };
  return reading.kind === "absent" ? { refused: reading.message } : assert.fail(reading.kind);
}

const TEXT = "WHO: Zoë 日本 \ufffd 🐝\n";

for (const source of SOURCES) {
  for (const encoding of ENCODINGS) {
    Deno.test(`texts: given ${source.key} in ${encoding}, when read, then its characters are there`, async () => {
      assert.deepEqual(await readAs(source, encoded(TEXT, encoding)), { text: TEXT });
    });
  }
  for (const { name, bytes, atByte } of UNREADABLE) {
    Deno.test(`texts: given ${source.key} as ${name}, when read, then it is refused with its place and no word of it`, async () => {
      const read = await readAs(source, bytes);

      assert.ok("refused" in read);
      assert.match(read.refused, new RegExp(`at byte offset ${atByte} .*accepted are UTF-8`));
      assert.doesNotMatch(read.refused, /WHO|Zo|\ufffd/);
      const isThrown = source.namedBy !== "run" && source.kind !== "file";
      if (isThrown) assert.match(read.refused, /\(--task-definition\)/);
    });
  }
}

for (const encoding of ENCODINGS) {
  Deno.test(`texts: given an answer of the Prefect API in ${encoding}, when read, then its characters are there`, () => {
    const body = encoded(JSON.stringify({ data: { text: TEXT } }), encoding);

    assert.deepEqual(readAnswer({ status: 200, headers: {}, body }), { data: { text: TEXT } });
  });
}
