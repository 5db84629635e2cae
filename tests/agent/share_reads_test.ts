import assert from "node:assert/strict";
import { shareReads } from "../../agent/share_reads.ts";
import type { Reading, Source } from "../../schemas/plan/source.ts";

const SIGNAL = new AbortController().signal;

function sharing(reading: Reading = { kind: "json", value: {} }) {
  const clock = { ms: 0, now: () => clock.ms };
  const asked: string[] = [];
  const read = shareReads(
    (source) => {
      asked.push(source.key);
      return Promise.resolve(reading);
    },
    { during: ({ work }) => work() },
    clock,
  );
  return { clock, asked, read };
}

const VPC: Source = { kind: "vpcNetwork", key: "vpc", serveMs: 1000 };

Deno.test("shared reads: given a source that serves for a second, when runs need it within and after that time, then it is read twice", async () => {
  const { clock, asked, read } = sharing();

  for (const ms of [0, 500, 999, 1000, 1500]) {
    clock.ms = ms;
    await read(VPC, SIGNAL, `run-${ms}`);
  }

  assert.deepEqual(asked, ["vpc", "vpc"]);
});

Deno.test("shared reads: given sources that serve for no time, or are absent, when runs need them one after another, then each reads them", async () => {
  const plain = sharing();
  const absent = sharing({ kind: "absent", message: "there is none" });

  for (const run of ["a", "b"]) {
    await plain.read({ kind: "file", key: "file" }, SIGNAL, run);
    await absent.read(VPC, SIGNAL, run);
  }

  assert.equal(plain.asked.length, 2);
  assert.equal(absent.asked.length, 2);
});

Deno.test("shared reads: given two runs at the same time, when both need a source, then it is read once", async () => {
  const { asked, read } = sharing();
  const source: Source = { kind: "file", key: "file" };

  await Promise.all([read(source, SIGNAL, "a"), read(source, SIGNAL, "b")]);

  assert.deepEqual(asked, ["file"]);
});
