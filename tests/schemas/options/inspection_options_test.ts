import assert from "node:assert/strict";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { inspectionSettings, parseInspectAddress } from "../../../schemas/options/inspection_options.ts";

function settingsOf(...words: readonly string[]) {
  const command = parseCommandLine(words);
  assert.ok(command.kind === "start");
  return { ...inspectionSettings(command.values), pairs: command.pairs };
}

for (const start of [["ecs", "start"], ["fargate", "start"], ["start", "fargate"], ["start", "ecs"]]) {
  Deno.test(`${start.join(" ")}: given the options to look, when read, then they are understood`, () => {
    const settings = settingsOf(
      ...start,
      "--inspect=0.0.0.0:80",
      "--record",
      "recordings/a",
      "--trace",
      "--ui-url",
      "http://ui",
    );

    assert.deepEqual(settings.inspect, { hostname: "0.0.0.0", port: 80, isDefault: false, isOpen: false });
    assert.equal(settings.record, "recordings/a");
    assert.equal(settings.trace, true);
    assert.equal(settings.uiUrl, "http://ui");
  });

  Deno.test(`${start.join(" ")}: given no such option, when read, then nobody looks`, () => {
    const { inspect, record, trace, uiUrl } = settingsOf(...start);

    assert.deepEqual({ inspect, record, trace, uiUrl }, {
      inspect: null,
      record: null,
      trace: false,
      uiUrl: null,
    });
  });
}

Deno.test("--inspect: given it alone before a pair, when read, then the pair is left alone", () => {
  const { inspect, pairs } = settingsOf("fargate", "start", "--inspect", "cpu=256");

  assert.deepEqual(inspect, { hostname: "127.0.0.1", port: 9300, isDefault: true, isOpen: false });
  assert.deepEqual(pairs, [["cpu", "256"]]);
});

const ADDRESSES: readonly (readonly [string, string, number])[] = [
  ["8080", "127.0.0.1", 8080],
  ["localhost:0", "localhost", 0],
  ["[::1]:99", "::1", 99],
  ["agent.internal:65535", "agent.internal", 65_535],
];

for (const [text, hostname, port] of ADDRESSES) {
  Deno.test(`--inspect: given ${text}, when read, then host and port are known`, () => {
    assert.deepEqual(parseInspectAddress(text), { hostname, port, isDefault: false, isOpen: false });
  });
}

for (const text of ["", "host", "host:", ":80", "host:65536", "http://host:80", "::1:80", "a b:80"]) {
  Deno.test(`--inspect: given "${text}", when read, then it is refused as usage`, () => {
    assert.throws(
      () => parseInspectAddress(text),
      (error) => error instanceof FailureError && error.failure.tag === "usage",
    );
  });
}

Deno.test("--inspect-open: given loopback, when read, then the page is open; elsewhere it is refused as usage", () => {
  const open = settingsOf("ecs", "start", "--inspect=localhost:0", "--inspect-open");
  assert.equal(open.inspect?.isOpen, true);
  for (const host of ["0.0.0.0", "[::]", "10.0.0.1", "agent.internal", "127.evil"]) {
    assert.throws(
      () => settingsOf("ecs", "start", `--inspect=${host}:9300`, "--inspect-open"),
      (error) =>
        error instanceof FailureError && error.failure.tag === "usage" && /loopback only/.test(error.message),
      host,
    );
  }
});

const COMMANDS: readonly (readonly [readonly string[], object])[] = [
  [["inspect", "f"], {
    kind: "inspect",
    file: "f",
    address: { hostname: "127.0.0.1", port: 9300, isDefault: true, isOpen: false },
  }],
  [["inspect", "f", "--listen", "1"], {
    kind: "inspect",
    file: "f",
    address: { hostname: "127.0.0.1", port: 1, isDefault: false, isOpen: false },
  }],
  [["inspect", "f", "--inspect-open"], {
    kind: "inspect",
    file: "f",
    address: { hostname: "127.0.0.1", port: 9300, isDefault: true, isOpen: true },
  }],
  [["trace", "run"], { kind: "trace", run: "run", file: null }],
  [["trace", "run", "f"], { kind: "trace", run: "run", file: "f" }],
  [["replay", "f"], { kind: "replay", file: "f", run: null }],
  [["replay", "f", "run"], { kind: "replay", file: "f", run: "run" }],
  [["machines", "--out", "d"], { kind: "machines", out: "d" }],
  [["machines"], { kind: "machines", out: null }],
];

for (const [words, command] of COMMANDS) {
  Deno.test(`command line: given ${words.join(" ")}, when read, then it is understood`, () => {
    assert.deepEqual(parseCommandLine(words), command);
  });
}

for (const words of [["inspect"], ["trace"], ["replay"], ["inspect", "a", "b"], ["trace", "a", "b", "c"]]) {
  Deno.test(`command line: given ${words.join(" ")}, when read, then it is refused as usage`, () => {
    assert.throws(
      () => parseCommandLine(words),
      (error) => error instanceof FailureError && error.failure.tag === "usage",
    );
  });
}
