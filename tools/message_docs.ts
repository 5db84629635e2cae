/**
 * Writes `docs/messages.md`: every kind of message on bad input or failure, with its code, an example and what to do. The
 * examples are made by the code and the tables that make the messages, so that the page cannot drift. Without `--write`
 * nothing is written, and a stale page ends it with exit code 1.
 *
 * @module
 */

import { parseCommandLine } from "../commands/cli/command_line.ts";
import { toAwsFailure } from "../actors/aws/failure.ts";
import { askedOf } from "../schemas/ecs/advice/asked_place.ts";
import { type AdviceRow, PLACEMENT_ROWS, REFUSAL_ROWS } from "../schemas/ecs/advice/launch_advice.ts";
import { STOP_ROWS, type StopRow, UNKNOWN_STOP, VANISHED } from "../schemas/ecs/stop_reasons.ts";
import { type FailureTag, toFailure } from "../schemas/failure/failure.ts";
import { parseAgentAddress } from "../schemas/observability/agent_address.ts";
import { failureWord } from "../schemas/observability/failure_word.ts";
import { parseAwsLimits } from "../schemas/ecs/aws_limits.ts";

/** The page, relative to the project. */
export const MESSAGES_PAGE = "docs/messages.md";

/** One message of the page. */
export interface MessageRow {
  /** The word for its failure in metrics, traces and on the inspector's page. */
  readonly code: string;
  readonly example: string;
  readonly todo: string;
}

const words = (line: string) => () => void parseCommandLine(line.split(" "));

/** Wrong input that is refused before anything is sent, and what to do about it. */
const INPUTS: readonly (readonly [run: () => unknown, todo: string])[] = [
  [words("ecs star"), "Use one of the commands that `--help` lists"],
  [words("ecs start --clustre blue"), "Correct the name of the option"],
  [words("ecs start --nothing-like-it"), "Look the option up in `ecs start --help`"],
  [words("ecs start extra"), "Take the word out, or put the text that it belongs to in quotes"],
  [words("ecs start --cluster"), "Give the option a value"],
  [words("ecs start --cluster --name n"), "Give the first option a value; a shell variable may be empty"],
  [words("ecs start --launch-type SPOT"), "Use one of the words that the message lists"],
  [words("ecs start --log-level LOUD"), "Use one of the words that the message lists"],
  [words("ecs start -cluster blue"), "Write two dashes before a long name"],
  [words("ecs start --max-polls many"), "Write a whole number"],
  [words("ecs start --relaunch maybe"), "Use one of the words that the message lists"],
  [words("fargate start extra"), "Write key=value, or take the word out"],
  [words("task-environment"), "Add one of the words that the message lists"],
  [words("sandbox --api-port many"), "Use a port from 0 to 65535"],
  [words("sandbox --data="), "Name a folder"],
  [words("sandbox --help=1"), "Take the value out"],
  [words("trace"), "Name the run"],
  [words("replay a b c"), "Take the last word out"],
  [words("inspect a --listen 99999"), "Use HOST:PORT or PORT"],
  [() => parseAgentAddress("http://0.0.0.0"), "Add the port: `http://0.0.0.0:8080`"],
  [
    () => parseAwsLimits({ clusterModify: 5 }, "limits.yaml"),
    "Write `{burst: …, refillPerS: …}` or null for the bucket",
  ],
];

/** What each kind of failure calls for; the tables below say more of those that ECS causes. */
const KINDS: Readonly<Record<FailureTag, readonly [example: string, todo: string]>> = {
  usage: ["Missing command: see --help", "Correct the command line; nothing was started (exit code 2)"],
  configuration: [
    "Cannot read k.yaml for --kwargs-file: it is a folder (/home/me/k.yaml)",
    "Correct the option, variable, file or template that the message names (exit code 1)",
  ],
  unauthorized: ["Invalid API key", "Check the agent's API key, and that it belongs to the tenant"],
  unreachable: [
    "Cannot reach host api: connection refused",
    "Check address, DNS, proxy and firewall; it is tried again",
  ],
  timedOut: [
    "No answer within 15 s",
    "It is tried again; if it repeats, look at the network and the API's load",
  ],
  unavailable: [
    "The API answered with HTTP status 502",
    "It is tried again; if it repeats, look at proxies and the API's log",
  ],
  throttled: [
    "Rate exceeded",
    "It is tried again more slowly; lower `--aws-quota-share` where others share the account",
  ],
  apiError: [
    "The Prefect API refused the request",
    "Look the code up in the API's log; the run may be gone or archived",
  ],
  refused: [
    "An error occurred (CODE) when calling the OPERATION operation: …",
    "See the table of refused calls below",
  ],
  unknownOutcome: [
    "connection reset; whether RunTask was carried out is not known",
    "Nothing: the same token is sent again, so that one task is started at most",
  ],
  conflict: [
    "The client token was used in cluster blue for the tasks …",
    "Stop the tasks if they are not wanted, and start the run again",
  ],
  notPlaced: [
    "Failed to start task for flow run f00dcafe…. Failures: […]",
    "See the table of refused placements below",
  ],
  taskStopped: ["Task 0f3c9a6e of flow run f00dcafe … did not start", "See the table of lost tasks below"],
  claimLost: ["Another process works on the run", "Nothing: that process launches it"],
  credentials: ["There are no credentials for AWS", "Give the agent keys, a profile or a role, and a region"],
  badFlowRun: [
    "run_config.cpu must be a whole number or text, not a list",
    "Correct the run config, kwargs or storage that the message names, and register the flow again",
  ],
  deadline: [
    "Task 0f3c9a6e was asked to stop 300 s ago and its status is still STOPPING",
    "Look at the task's host, or raise the option that the message names",
  ],
  unexpected: ["TypeError: …", "It is a fault of this program: report it with the agent's log"],
};

/** A launch that examples speak of. */
const SAMPLE = askedOf({
  definition: {
    how: "perRun",
    ownFamily: null,
    request: { family: "reports", cpu: "512", memory: "1024" },
  },
  runTask: { cluster: "blue" },
});

/** Messages by heading, in the order of the page. */
export function messageSections(): readonly (readonly [heading: string, rows: readonly MessageRow[]])[] {
  return [
    [
      "Kinds of failure",
      Object.entries(KINDS).map(([tag, [example, todo]]) => {
        return { code: failureWord({ tag }), example, todo };
      }),
    ],
    ["Wrong input", INPUTS.map(([run, todo]) => ({ ...messageOf(run), todo }))],
    ["Answers that are not those of AWS", strangeAnswers()],
    ["Refused placements", PLACEMENT_ROWS.map((row) => adviceOf("notPlaced", row))],
    ["Refused calls of a launch", REFUSAL_ROWS.map((row) => adviceOf(failureWord({ tag: "refused" }), row))],
    ["Lost tasks", [...STOP_ROWS, UNKNOWN_STOP, VANISHED].map(stopOf)],
  ];
}

/** @throws {TypeError} when the input is accepted by now: then it is no example any more */
function messageOf(run: () => unknown): Pick<MessageRow, "code" | "example"> {
  try {
    run();
  } catch (thrown) {
    const { tag, message } = toFailure(thrown);
    return { code: failureWord({ tag }), example: message };
  }
  throw new TypeError(`Cannot make an example: the input is accepted (${String(run)})`);
}

function strangeAnswers(): readonly MessageRow[] {
  const thrown = Object.assign(new Error("<html>"), { $metadata: { httpStatusCode: 502 } });
  return (["read", "write"] as const).map((kind) => {
    const operation = kind === "read" ? "DescribeTasks" : "RunTask";
    const { tag, message } = toAwsFailure(thrown, { service: "ECS", operation, kind }).failure;
    return { code: failureWord({ tag }), example: message, todo: "Check AWS_ENDPOINT_URL and proxies" };
  });
}

function adviceOf(code: string, { what, todo }: AdviceRow): MessageRow {
  return { code, example: what(SAMPLE), todo };
}

function stopOf({ class: code, what, todo }: StopRow): MessageRow {
  return { code, example: `Task 0f3c9a6e of flow run f00dcafe ${what}`, todo };
}

/** The whole page as Markdown. */
export function renderMessages(): string {
  const sections = messageSections().map(([heading, rows]) =>
    [`## ${heading}`, "", "| Code | Example | What to do |", "| --- | --- | --- |", ...rows.map(lineOf)].join(
      "\n",
    )
  );
  return [
    "<!-- deno-fmt-ignore-file -->",
    "# Messages",
    "",
    "What this program says on wrong input and on failures, and what to do. The code is the word in metrics (`failure`),",
    "traces and on the inspector's page; of a lost task it is the class that `--relaunch` goes by. Texts may change.",
    "The page is made by `tools/message_docs.ts`; do not edit it by hand.",
    "",
    `${sections.join("\n\n")}\n`,
  ].join("\n");
}

function lineOf({ code, example, todo }: MessageRow): string {
  return `| \`${code}\` | ${cell(example)} | ${cell(upper(todo))} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

async function main(argv: readonly string[]): Promise<number> {
  const before = await Deno.readTextFile(MESSAGES_PAGE).catch(() => "");
  const after = renderMessages();
  const isStale = before !== after;
  const isWritten = isStale && argv.includes("--write");
  if (isWritten) await Deno.writeTextFile(MESSAGES_PAGE, after);
  const word = isWritten ? "written" : isStale ? "stale; run tools/message_docs.ts --write" : "fresh";
  await Deno.stdout.write(new TextEncoder().encode(`message docs: ${word}\n`));
  return isStale && !isWritten ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
