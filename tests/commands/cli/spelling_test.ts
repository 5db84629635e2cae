import assert from "node:assert/strict";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { commonOptionRows, ecsRows, fargateRows } from "../../../commands/cli/flavour_rows.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { OptionRow } from "../../../schemas/options/option.ts";

function refusalOf(argv: readonly string[]): string {
  try {
    parseCommandLine(argv);
  } catch (error) {
    if (error instanceof FailureError && error.failure.tag === "usage") return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify(argv)}` });
}

/** Both commands; `pairs` are options of the second one that are no options of commander. */
const COMMANDS = [
  { command: ["ecs", "start"], options: ecsRows.options },
  { command: ["fargate", "start"], options: [...commonOptionRows, ...fargateRows.own] },
];

function takesValue({ type, bare }: OptionRow): boolean {
  return type !== "flag" && bare === undefined;
}

for (const { command, options } of COMMANDS) {
  Deno.test(`${command.join(" ")}: given each option with a value, when another known option follows, then the empty one is named`, () => {
    const others = ["--cluster", "--name", "--label=a", "--trace", "-l", "--help"];
    for (const row of options.filter(takesValue)) {
      for (const next of others) {
        for (const rest of [[], ["value"], ["--log-level", "DEBUG"]]) {
          for (const before of [[], ["--log-level", "DEBUG"]]) {
            const message = refusalOf([...command, ...before, `--${row.name}`, next, ...rest]);

            assert.match(message, new RegExp(`^Missing value after option --${row.name} of `));
            assert.match(message, /shell variable empty\?/);
            assert.ok(message.length < 400);
          }
        }
      }
    }
  });

  Deno.test(`${command.join(" ")}: given each option in a wrong spelling, when read, then the right one is the one guess`, () => {
    for (const { name } of options.filter(takesValue)) {
      for (const wrong of misspelled(name)) {
        for (const argv of [[wrong, "v"], [`${wrong}=v`], ["--log-format", "text", wrong, "v"]]) {
          if (
            command[0] === "fargate" && isReadAsMeant(name, argv.find((word) => word.startsWith(wrong)) ?? "")
          ) {
            continue;
          }
          if (options.some((row) => argv.includes(`--${row.name}`) && row.name !== "log-format")) continue;
          const message = refusalOf([...command, ...argv]);

          assert.match(message, new RegExp(`did you mean (--)?${name}(=VALUE)?\\?`), argv.join(" "));
          assert.ok(message.length < 200, message);
        }
      }
    }
  });
}

/** How `fargate start` takes options as pairs, and passes mistyped pairs on with a warning. */
function isReadAsMeant(name: string, word: string): boolean {
  if (/^(-[^-].*|--[a-z_]+)=/.test(word)) return true;
  const own = fargateRows.own.some((row) => row.name === name);
  return own && word.startsWith("--") && (word.includes("=") || word.includes("_"));
}

function misspelled(name: string): readonly string[] {
  const camel = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const dashes = ["—", "–", "−", "‐‐", "―", "－－", "-—", "–-", "——"];
  return [
    `-${name}`,
    ...dashes.map((dash) => `${dash}${name}`),
    `--${name.toUpperCase()}`,
    ...name.includes("-")
      ? [`--${name.replaceAll("-", "–")}`, `--${name.replaceAll("-", "_")}`, `--${camel}`]
      : [],
    ...name.length > 5 ? [`--${name.slice(0, 3)}${name.slice(4)}`] : [],
  ];
}

const NAMED: readonly (readonly [string, string, RegExp])[] = [
  [
    "an option that swallows the next one",
    "ecs start --launch-type --task-role-arn arn:aws:iam::123456789012:role/r",
    /^Missing value after option --launch-type .*the next word is --task-role-arn; is a shell variable empty/,
  ],
  ["a short option without value", "ecs start -k --cluster c", /^Missing value after option -k /],
  ["a value that is an option", "ecs start --name=--cluster", /^Missing value after option --name /],
  [
    "a mistyped option in place of a value",
    "ecs start --cluster --lauch-type EC2",
    /after option --cluster /,
  ],
  [
    "a value that is wrong, before the word that it left over",
    "ecs start --launch-type x y",
    /'--launch-type': 'x' is not one of 'FARGATE', 'EC2'/,
  ],
  ["a pair in place of a value", "fargate start --cluster cpu=256", /after option --cluster /],
  [
    "an option between a key and its value",
    "fargate start --cluster --name n cpu=1",
    /after option --cluster /,
  ],
  ["one dash", "ecs start -cluster c", /^Unknown option -cluster of `ecs start`: did you mean --cluster\?$/],
  [
    "a long dash",
    "ecs start —cluster c",
    /^Unknown option '—cluster' of `ecs start`: did you mean --cluster\?$/,
  ],
  ["one dash before a name that begins as a short option", "ecs start -label a", /did you mean --label\?$/],
  ["a name with more behind it", "ecs start --task-definition-path f", /did you mean --task-definition\?$/],
  ["an abbreviation", "ecs start --exec-role-arn f", /did you mean --execution-role-arn\?$/],
  ["no dashes", "ecs start cluster=c", /^Unexpected word 'cluster' .*did you mean --cluster\?$/],
  ["a pair that is nearly an option", "fargate start --agent-adress=x", /did you mean --agent-address\?$/],
  ["a name that nothing resembles", "ecs start --zzzzzzzz f", /see `ecs start --help`$/],
];

for (const [what, line, pattern] of NAMED) {
  Deno.test(`command line: given ${what} (${line}), when read, then one sentence says what was meant`, () => {
    assert.match(refusalOf(line.split(" ")), pattern);
  });
}

Deno.test("command line: given option and value in one word, when read, then it says so and hides the value", () => {
  const message = refusalOf(["ecs", "start", "--key s3cr3t"]);

  assert.match(message, /did you mean --key and its value as two words/);
  assert.doesNotMatch(message, /s3cr3t/);
});

Deno.test("command line: given values that begin with a dash and are no option, when read, then they are taken", () => {
  assert.equal(parseCommandLine(["ecs", "start", "--max-polls", "-1"]).kind, "start");
  assert.equal(parseCommandLine(["ecs", "start", "--env", "cluster=a", "-lprod"]).kind, "start");
});

const STARTS = [
  ["ecs", "start", "--cluster", "c"],
  ["fargate", "start", "cpu=256"],
  ["start", "fargate", "cpu=256"],
  ["start", "ecs"],
];

for (const front of [["prefect", "agent"], ["/usr/local/bin/prefect", "agent"], ["agent"], ["prefect"]]) {
  Deno.test(`command line: given the words ${front.join(" ")} in front, when read, then the command is the same`, () => {
    for (const start of STARTS) {
      assert.deepEqual(parseCommandLine([...front, ...start]), parseCommandLine(start));
      assert.deepEqual(
        parseCommandLine(["explain", ...front, "ecs", "start"]),
        parseCommandLine(["explain", "ecs", "start"]),
      );
    }
    assert.equal(parseCommandLine([...front, "--help"]).kind, "help");
  });
}

Deno.test("command line: given every agent command of the docs, when `prefect agent` stands in front, then it is the same", () => {
  const docs = new URL("../../../docs/", import.meta.url);
  const texts = [new URL("../../../README.md", import.meta.url)]
    .concat(
      [...Deno.readDirSync(docs)].filter(({ name }) => name.endsWith(".md")).map(({ name }) =>
        new URL(name, docs)
      ),
    )
    .map((url) => Deno.readTextFileSync(url).replaceAll(/\\\n\s*/g, ""));
  const commands = texts.flatMap((
    text,
  ) => [...text.matchAll(/^deno task agent ((?:ecs|fargate) start[^\n#&|]*)$/gm)])
    .map(([, line = ""]) => line.replaceAll(/["']/g, "").trim().split(/\s+/));

  for (const command of commands) {
    assert.deepEqual(outcome(["prefect", "agent", ...command]), outcome(command));
  }
  assert.ok(commands.length > 2, String(commands.length));
});

function outcome(argv: readonly string[]): unknown {
  try {
    return parseCommandLine(argv);
  } catch (error) {
    return String(error);
  }
}

Deno.test("command line: given what people chain in front of the agent, when read, then it is compared with the settings", () => {
  for (const front of [[], ["prefect"]]) {
    assert.deepEqual(parseCommandLine([...front, "backend", "server"]), {
      kind: "confirm",
      setting: { what: "backend", wanted: "server" },
    });
    for (const login of [["-k", "x"], ["--key", "x"], ["--key=x"]]) {
      assert.deepEqual(parseCommandLine([...front, "auth", "login", ...login]), {
        kind: "confirm",
        setting: { what: "key", wanted: "x" },
      });
    }
    assert.match(refusalOf([...front, "auth", "login"]), /PREFECT__CLOUD__API_KEY/);
    assert.match(refusalOf([...front, "auth", "login", "-k"]), /shell variable empty/);
  }
});
