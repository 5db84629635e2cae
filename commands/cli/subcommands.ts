/**
 * Every subcommand of the program: what it is called, what it takes, and what it asks for.
 *
 * @module
 */

import { pathOf } from "../../schemas/options/option_value.ts";
import type { CommandRows } from "../../schemas/options/typed_options.ts";
import { CHAINED_COMMANDS } from "./chained_commands.ts";
import { demoOptionRows, demoSettings } from "./demo_options.ts";
import { inspectOptionRows, listenAddress } from "./inspect_options.ts";
import { installOptionRows } from "../../flavours/kubernetes_agent/install/option_rows.ts";
import { jobEnvironmentRows } from "./job_environment_options.ts";
import { machinesOptionRows } from "./machines_options.ts";
import { sandboxOptionRows, sandboxSettings } from "./sandbox_options.ts";
import { taskEnvironmentRows } from "./task_environment_options.ts";
import { fargateRows, FLAVOUR_ROWS, type FlavourName, type FlavourRows } from "./flavour_rows.ts";
import { oldSpelling } from "./old_spelling.ts";
import { type Subcommand, withPairs } from "./subcommand.ts";

/** What groups of subcommands are for, by the first word. */
export const GROUPS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FLAVOUR_ROWS.map(({ name, about }) => [name, about])),
  "task-environment": "The Fargate Task Environment of Prefect 0.x",
  "job-environment": "The Kubernetes Job Environment of Prefect 0.x",
  auth: "The login of Prefect, as service definitions chain it in front of the agent",
  explain: "Print what would be sent for a flow run, without sending it",
};

/** All of them, in the order of the usage text. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  ...FLAVOUR_ROWS.map(startOf),
  withPairs(fargateRows, {
    path: ["fargate", "validate"],
    about: "Register and run a small task with these options",
    understand: (typed) => ({ kind: "validate", ...typed }),
  }),
  oldSpelling(fargateRows),
  taskEnvironment("setup", "Register the task definition, or compare it with the one there is"),
  taskEnvironment("execute", "Run a task of it"),
  {
    path: ["kubernetes", "install"],
    about: "Print the manifest that puts the agent into a cluster; nothing is sent",
    options: installOptionRows,
    understand: (values) => ({ kind: "install", values, pairs: [], warnings: [] }),
  },
  jobEnvironment("setup", "Print the Job's spec as the environment builds it"),
  jobEnvironment("execute", "Make the Job of a flow run"),
  ...FLAVOUR_ROWS.map(explainOf),
  {
    path: ["sandbox"],
    about:
      "Serve a Prefect 1 API, a Prefect 3 API and a local ECS on 127.0.0.1 for developing flows; not for production",
    options: sandboxOptionRows,
    understand: (values) => ({ kind: "sandbox", settings: sandboxSettings(values) }),
  },
  {
    path: ["demo"],
    about:
      "Run a sandbox with an agent of Prefect 1 and then a worker of Prefect 3, take about 20 flow runs through each " +
      "and show what they cost; needs no account",
    options: demoOptionRows,
    understand: (values) => ({ kind: "demo", settings: demoSettings(values) }),
  },
  {
    path: ["machines"],
    about: "Print the state charts as Mermaid, JSON and SVG",
    options: machinesOptionRows,
    understand: (values) => ({ kind: "machines", out: pathOf(values, "out") }),
  },
  ...recordings(),
  ...CHAINED_COMMANDS,
];

function startOf(rows: CommandRows & { readonly name: FlavourName }): Subcommand {
  return withPairs(rows, {
    path: [rows.name, "start"],
    about: "Start the agent",
    understand: (typed) => ({ kind: "start", flavour: rows.name, ...typed }),
  });
}

function explainOf(
  { name, options, pairs, explaining }: FlavourRows & { readonly name: FlavourName },
): Subcommand {
  return withPairs({ options: [...options, ...explaining], pairs }, {
    path: ["explain", name],
    about: `Takes what ${name} start takes, and a flow run`,
    understand: (typed) => ({ kind: "explain", flavour: name, ...typed }),
  });
}

function taskEnvironment(step: "setup" | "execute", about: string): Subcommand {
  return withPairs(taskEnvironmentRows, {
    path: ["task-environment", step],
    about,
    understand: (typed) => ({ kind: "taskEnvironment", step, ...typed }),
  });
}

function jobEnvironment(step: "setup" | "execute", about: string): Subcommand {
  return {
    path: ["job-environment", step],
    about,
    options: jobEnvironmentRows,
    understand: (values) => ({ kind: "jobEnvironment", step, values, pairs: [], warnings: [] }),
  };
}

/** The subcommands that read a recording. */
function recordings(): readonly Subcommand[] {
  const file = "recording, as --record FILE wrote it";
  return [
    {
      path: ["inspect"],
      about: "Open the inspector's page on a recording",
      options: inspectOptionRows,
      places: [["<file>", file]],
      understand: (values, [file = ""]) => ({ kind: "inspect", file, address: listenAddress(values) }),
    },
    {
      path: ["trace"],
      about: "Print what happened to a run",
      options: [],
      places: [["<run>", "id of the run, or how it begins, or its name"], [
        "[file]",
        `${file}; the newest unless given`,
      ]],
      understand: (_, [run = "", file = null]) => ({ kind: "trace", run, file }),
    },
    {
      path: ["replay"],
      about: "Drive today's machines through a recording",
      options: [],
      places: [["<file>", file], ["[run]", "id of one run, all unless given"]],
      understand: (_, [file = "", run = null]) => ({ kind: "replay", file, run }),
    },
  ];
}
