import assert from "node:assert/strict";
import { jobOf, JOBS, type LocalCluster, localCluster, nameOf, PODS } from "../../support/local_cluster.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping } from "../../../../schemas/json/shape.ts";
import { settle } from "../../../support/clock.ts";

/** Reads a stream as it comes. */
class Reading {
  text = "";
  isOver = false;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(response: Response) {
    const body = response.body ?? assert.fail("there is no body");
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
    void this.#read();
  }

  async #read(): Promise<void> {
    for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) {
      this.text += part.value;
    }
    this.isOver = true;
  }

  /** Types and names of the lines so far. */
  lines(): readonly string[] {
    return this.text.split("\n").filter((line) => line !== "").map((line) => {
      const { type, object }: JsonObject = JSON.parse(line);
      return `${String(type)} ${String(mapping(mapping(object)["metadata"])["name"] ?? "")}`.trim();
    });
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

async function watching(on: LocalCluster, path: string): Promise<Reading> {
  const reading = new Reading(await on.send("GET", path));
  await settle();
  return reading;
}

const version = async (on: LocalCluster) =>
  String(mapping((await on.ask("GET", JOBS))["metadata"])["resourceVersion"]);

Deno.test("watch over HTTP: given a version from a list, then what changes since is told, with a bookmark each minute, until its time is over", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { suspend: true }));
  await on.clock.advance(10);
  const from = await version(on);
  await on.ask("POST", JOBS, jobOf("b", { suspend: true }));

  const reading = await watching(
    on,
    `${JOBS}?watch=true&resourceVersion=${from}&timeoutSeconds=90&allowWatchBookmarks=true`,
  );
  await on.ask("DELETE", `${JOBS}/a`);
  await settle();
  const early = reading.lines();
  await on.clock.advance(70_000);
  const later = reading.lines().slice(early.length);
  await on.clock.advance(30_000);

  assert.deepEqual(early, ["ADDED b", "DELETED a"]);
  assert.equal(later.at(-1), "BOOKMARK");
  assert.equal(reading.isOver, true);
});

Deno.test("watch over HTTP: given a label, then other objects are not told", async () => {
  using on = localCluster();
  const reading = await watching(
    on,
    `${JOBS}?watch=1&labelSelector=app%3Dother&resourceVersion=${await version(on)}`,
  );

  await on.ask("POST", JOBS, jobOf("a", { suspend: true }));
  await settle();

  assert.deepEqual(reading.lines(), []);
  await reading.cancel();
});

Deno.test("watch over HTTP: given a reader that goes, then nothing is kept for it", async () => {
  using on = localCluster();
  const before = on.clock.pending();
  const reading = await watching(on, `${JOBS}?watch=true&allowWatchBookmarks=true`);

  await reading.cancel();
  await settle();

  assert.equal(on.clock.pending(), before);
});

Deno.test("watch over HTTP: given a version that is forgotten, then one ERROR with 410, and it ends", async () => {
  using on = localCluster();

  const reading = await watching(on, `${JOBS}?watch=true&resourceVersion=1`);

  assert.deepEqual(reading.lines(), ["ERROR"]);
  assert.match(reading.text, /"code":410/);
  assert.equal(reading.isOver, true);
});

for (const from of ["x", "-1", "1.5"]) {
  Deno.test(`watch over HTTP: given the version ${from}, then 400`, async () => {
    using on = localCluster();

    assert.equal((await on.refused("GET", `${JOBS}?watch=true&resourceVersion=${from}`))["code"], 400);
  });
}

async function withPod(on: LocalCluster, pod: JsonObject = {}): Promise<string> {
  await on.ask("POST", JOBS, jobOf("a", {}, pod));
  await on.clock.advance(500);
  return nameOf(on.pod());
}

function print(on: LocalCluster, ...lines: readonly string[]): void {
  const uid = String(mapping(on.pod()["metadata"])["uid"]);
  for (const text of lines) on.cluster.output.add(`flow/${uid}`, { at: Date.UTC(2026, 0, 1), text });
}

Deno.test("pod log: given lines, then all of them, the last ones, or a part in bytes, also with their times", async () => {
  using on = localCluster();
  const log = `${PODS}/${await withPod(on)}/log`;
  print(on, "one", "two", "three");
  const text = async (query: string) => await (await on.send("GET", `${log}${query}`)).text();

  assert.equal(await text(""), "one\ntwo\nthree\n");
  assert.equal(await text("?tailLines=1"), "three\n");
  assert.equal(await text("?tailLines=0"), "");
  assert.equal(await text("?limitBytes=5"), "one\nt");
  assert.equal(await text("?container=flow&tailLines=1&timestamps=true"), "2026-01-01T00:00:00.000Z three\n");
});

Deno.test("pod log: given it is followed, then lines come until the container has ended", async () => {
  using on = localCluster();
  const log = `${PODS}/${await withPod(on)}/log`;
  print(on, "one", "two");
  const reading = new Reading(await on.send("GET", `${log}?follow=true&tailLines=1`));
  await settle();
  const early = reading.text;

  print(on, "three");
  await on.clock.advance(300);
  const during = reading.text;
  print(on, "last");
  on.puppets[0]?.exit(0);
  await on.clock.advance(1000);

  assert.deepEqual([early, during, reading.text], ["two\n", "two\nthree\n", "two\nthree\nlast\n"]);
  assert.equal(reading.isOver, true);
});

Deno.test("pod log: given a container that has not begun, is not there or is one of several, then 400 that says so", async () => {
  using on = localCluster({ refuses: (image) => image === "gone:1" ? "nobody has it" : null });
  const name = await withPod(on, {
    containers: [{ name: "flow", image: "gone:1" }, { name: "side", image: "x:1" }],
  });
  const message = async (query: string) =>
    String((await on.refused("GET", `${PODS}/${name}/log${query}`))["message"]);

  assert.match(
    await message("?container=flow"),
    /container "flow" in pod "a-.*" is waiting to start: ErrImagePull/,
  );
  assert.match(await message("?container=other"), /container other is not valid for pod/);
  assert.match(await message(""), /choose one of: \[flow side\]/);
});
