/** Sources that runs name: who reads them, how many at a time, and what their messages tell. @module */

import assert from "node:assert/strict";
import type { FileRead, FileRequest } from "../../../actors/files/read_regular_file.ts";
import { makeReadRunSource, type ReadRunSourceDeps } from "../../../actors/templates/read_run_source.ts";
import { fileSource, httpSource, s3Source } from "../../../schemas/templates/place_source.ts";
import { templateSettings } from "../../../schemas/templates/template_options.ts";
import { absolutePath } from "../../../schemas/options/typed_path.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Source } from "../../../schemas/plan/source.ts";
import { fakeClock, settle } from "../../support/clock.ts";

const text = (content: string): FileRead => ({ outcome: "read", bytes: new TextEncoder().encode(content) });

/** A reader over a world that is the test. */
function world(
  given: Partial<ReadRunSourceDeps> & { readonly file?: FileRead; readonly options?: object } = {},
) {
  const { file = text("cpu: 256"), options = {}, ...deps } = given;
  const files: FileRequest[] = [];
  const pages: string[] = [];
  const pending: (() => void)[] = [];
  const clock = fakeClock(0);
  const reader = makeReadRunSource({
    clock,
    caCerts: [],
    locate: (typed) => absolutePath(typed, { folder: "/typed/here", home: "/home/me" }),
    env: { HOME: "/home/me", ALL_PROXY: "http://proxy.example" },
    settings: templateSettings({ ...options }),
    lookup: () => Promise.resolve([]),
    http: ({ url, signal }) => {
      pages.push(url);
      return new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        pending.push(() => resolve({ status: 200, headers: {}, body: new TextEncoder().encode(url) }));
      });
    },
    files: {
      read: (request) => {
        files.push(request);
        return Promise.resolve(request.mayRead?.(request.path) === false ? { outcome: "refused" } : file);
      },
      realPath: (path) => Promise.resolve(path === "/absent" ? null : path.replace("/link", "/real")),
    },
    readS3Object: () => Promise.resolve({ found: true, bytes: new TextEncoder().encode("from s3") }),
    ...deps,
  });
  const read = (source: Source, signal = new AbortController().signal) => reader(source, signal);
  const answer = () => {
    for (const done of pending.splice(0)) done();
    return settle();
  };
  return { read, files, pages, clock, answer };
}

const refuse = (tag: "refused" | "configuration") => () =>
  Promise.reject(
    new FailureError(
      tag === "refused"
        ? {
          tag,
          service: "S3",
          code: "AccessDenied",
          operation: "GetObject",
          message: "arn:aws:s3:::secret-bucket",
        }
        : { tag, field: "s3://b/k", message: "too long" },
    ),
  );

Deno.test("run source: given a file, when read, then the bound of templates holds and ~ is the home folder", async () => {
  const { read, files } = world();

  const reading = await read(fileSource("~/t.yaml"));

  assert.deepEqual(reading, { kind: "text", text: "cpu: 256" });
  assert.deepEqual(files, [{ path: "/home/me/t.yaml", maxBytes: 262_144 }]);
});

Deno.test("run source: given what is absent, forbidden or no file, when read, then all of it reads alike", async () => {
  const absent = await world({ file: { outcome: "unreadable" } }).read(fileSource("/etc/shadow"));
  const gone = await world({
    readS3Object: () => Promise.resolve({ found: false, message: "NoSuchKey: the key k of b" }),
  }).read(s3Source("b", "k"));
  const denied = await world({ readS3Object: refuse("refused") }).read(s3Source("b", "k"));

  assert.deepEqual(absent, {
    kind: "absent",
    message: "there is no regular file of this name that the agent may read",
  });
  assert.deepEqual(gone, denied);
  assert.deepEqual(denied, {
    kind: "absent",
    message: "there is no object of this name that the agent may read",
  });
});

Deno.test("run source: given a file or an object that is too long, when read, then the bound is told", async () => {
  const file = await world({ file: { outcome: "tooLong" } }).read(fileSource("/dev/zero"));
  const object = await world({ readS3Object: refuse("configuration") }).read(s3Source("b", "k"));

  const message = "it has more than 262144 bytes, and no more are accepted";
  assert.deepEqual([file, object], [{ kind: "absent", message }, { kind: "absent", message }]);
});

Deno.test("run source: given listed places, when others are named, then nothing is read and the option is named", async () => {
  const places = ["/link/templates", "/absent", "s3://b/ok", "https://h.example/ok"];
  const { read, files, pages } = world({ options: { "run-templates-from": places } });
  const outside = [
    fileSource("/etc/passwd"),
    fileSource("/link/templates/x.yaml"),
    s3Source("b", "other/k"),
    s3Source("c", "ok/k"),
    httpSource("https://h.example/okay"),
    httpSource("https://h.example/ok/../x"),
  ];

  const readings = await Promise.all(outside.map((source) => read(source)));
  const inside = await Promise.all([read(fileSource("/real/templates/x.yaml")), read(s3Source("b", "ok/k"))]);

  const message = "it cannot be read at a place that the agent's operator lists with --run-templates-from";
  assert.deepEqual(readings, outside.map(() => ({ kind: "absent", message })));
  assert.deepEqual(inside.map(({ kind }) => kind), ["text", "text"]);
  assert.deepEqual([files.length, pages], [3, []]);
});

Deno.test("run source: given none, when anything is named, then nothing is read", async () => {
  const { read, files, pages } = world({ options: { "run-templates-from": ["none"] } });

  for (const source of [fileSource("/t"), s3Source("b", "k"), httpSource("https://h.example/")]) {
    const reading = await read(source);

    assert.equal(reading.kind, "absent");
  }
  assert.deepEqual([files, pages], [[], []]);
});

Deno.test("run source: given 120 pages of one server that never answers, when read, then it has two places and other servers, files and S3 go on", async () => {
  const { read, pages, answer } = world();
  for (let run = 0; run < 120; run++) read(httpSource(`http://slow.example/${run}`)).catch(() => undefined);
  await settle();
  const slow = pages.length;

  const other = read(httpSource("http://quick.example/t"));
  const near = await Promise.all([read(fileSource("/t")), read(s3Source("b", "k"))]);
  await settle();
  const asked = [...pages];
  await answer();

  assert.equal(slow, 2);
  assert.deepEqual(near.map(({ kind }) => kind), ["text", "text"]);
  assert.deepEqual(asked.slice(2), ["http://quick.example/t"]);
  assert.deepEqual(await other, { kind: "text", text: "http://quick.example/t" });
});

Deno.test("run source: given a run whose turn does not come, when the time is over, then the failure says so and may be tried again", async () => {
  const { read, pages, clock } = world();
  for (let run = 0; run < 2; run++) read(httpSource(`http://slow.example/${run}`)).catch(() => undefined);
  await settle();

  const late = read(httpSource("http://slow.example/late?sig=1")).catch((thrown) => thrown.failure);
  await settle();
  await clock.advance(45_000);

  const message =
    "Cannot read http://slow.example/late: its turn did not come, because other templates are slow " +
    "to arrive; run the flow again later";
  assert.deepEqual(await late, { tag: "timedOut", message });
  assert.equal(pages.length, 2);
});

Deno.test("run source: given a run that leaves, when it waits or reads, then its place is free and no timer is left", async () => {
  const { read, pages, clock } = world();
  const abort = new AbortController();
  const left = ["1", "2", "3"].map((name) => {
    return read(httpSource(`http://slow.example/${name}`), abort.signal).catch((reason) => reason);
  });
  await settle();

  abort.abort("left");
  const reasons = await Promise.all(left);
  read(httpSource("http://slow.example/4")).catch(() => undefined);
  await settle();

  assert.deepEqual(reasons, ["left", "left", "left"]);
  assert.deepEqual(pages, ["1", "2", "4"].map((name) => `http://slow.example/${name}`));
  assert.equal(clock.pending(), 0);
});
