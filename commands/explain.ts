/**
 * `explain`: shows the requests that the agent would send for a flow run, and where every field comes from. It only reads.
 *
 * @module
 */

import { prepareOptions, readSources } from "../agent/prepare_options.ts";
import { readInRounds } from "../agent/planning/source_rounds.ts";
import type { Http } from "../actors/http/http.ts";
import type { Command } from "./cli/command.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { Dialect, ReadOwnSource } from "./wiring/dialect.ts";
import type { Io } from "./wiring/io.ts";
import { openFlavour } from "./wiring/flavours.ts";
import type { OpenFlavour } from "./wiring/open_flavour.ts";
import { openHttp } from "./wiring/open_http.ts";
import { configSources } from "./wiring/config_sources.ts";
import type { PlannedRun, PlatformWiring, SourceReader } from "./wiring/platform.ts";
import { systemPorts, systemReaders } from "./wiring/system_ports.ts";

/** An explain command as it was typed. */
export type ExplainCommand = Extract<Command, { kind: "explain" }>;

/**
 * Prints the explanation of one flow run, as text or with `--json`.
 *
 * @returns the exit code: 0, or 1 when the platform would refuse the requests
 * @throws {FailureError} `usage`, `configuration`, and `badFlowRun` for a run that cannot be planned
 */
export async function explain(command: ExplainCommand, io: Io): Promise<number> {
  const http = openHttp(io);
  try {
    return await openFlavour(
      command,
      configSources(io),
      (open) => explainOpen(command, { open, http, io }),
    );
  } finally {
    http.close();
  }
}

interface Explaining<Options, Run, Plan extends RunPlan> {
  readonly open: OpenFlavour<Options, Run, Plan>;
  readonly http: Http;
  readonly io: Io;
}

async function explainOpen<Options, Run, Plan extends RunPlan>(
  { values, warnings }: ExplainCommand,
  { open, http, io }: Explaining<Options, Run, Plan>,
): Promise<number> {
  const { dialect, platform } = open;
  const explainer = await platform.explainer();
  io.redact.learn(dialect.secrets);
  const { call } = http;
  const api = dialect.explained({ values, locate: io.locate }, {
    call,
    ...systemPorts,
    log: () => undefined,
    redact: io.redact,
  });
  try {
    const run = await api.run(io.signal);
    const ofPlatform = explainer.readSources({
      call,
      ...systemPorts,
      ...io,
      readFile: (path) => Deno.readFile(path),
      forRuns: systemReaders(http),
    });
    const planned = await planRun(open, {
      run,
      reader: eitherReader(api.readSource, ofPlatform),
      signal: io.signal,
      // A run that is read from a file needs no API.
      warnings: [...warnings, ...http.warnings, ...(api.asksApi ? dialect.warnings : [])],
    });
    const { json, lines } = explainer.show(planned, io.redact);
    if (values.json === true) io.shown.json(json);
    else lines.forEach(io.shown.line);
    return planned.problems.length === 0 ? 0 : 1;
  } finally {
    api.close();
  }
}

/** The API reads what it answers itself, the platform everything else. */
function eitherReader(ofApi: ReadOwnSource, ofPlatform: SourceReader): SourceReader {
  return {
    ...ofPlatform,
    read: (source, signal) => ofApi(source, signal) ?? ofPlatform.read(source, signal),
  };
}

/** What an explanation is made from. */
export interface ExplainInput<Run> {
  readonly run: Run;
  readonly reader: SourceReader;
  readonly signal: AbortSignal;
  readonly warnings: readonly string[];
}

/** The parts of an open flavour that plan a run. */
type Planner<Options, Run, Plan extends RunPlan> =
  & Pick<OpenFlavour<Options, Run, Plan>, "flavour" | "options" | "warnings">
  & {
    readonly dialect: Pick<Dialect<Run>, "nameOf" | "origins">;
    readonly platform: Pick<PlatformWiring<Plan>, "check">;
  };

/** Plans one run as the agent would. @throws {FailureError} `configuration` and `badFlowRun` */
export async function planRun<Options, Run, Plan extends RunPlan>(
  { flavour, options, warnings, dialect, platform: { check } }: Planner<Options, Run, Plan>,
  { run, reader: { read, warnings: unread }, signal, warnings: others }: ExplainInput<Run>,
): Promise<PlannedRun<Plan>> {
  const prepared = await prepareOptions(flavour, options, { read, check, signal });
  const named = dialect.nameOf(run);
  const readings = await readInRounds({
    runId: named.runId ?? "(new)",
    ask: (known) => flavour.sources(run, prepared, known),
    read: (sources) => readSources(sources, read, signal),
  });
  const plan = flavour.plan(run, prepared, readings);
  return {
    flavour: flavour.name,
    ...named,
    plan,
    origins: dialect.origins(),
    warnings: [...others, ...warnings, ...flavour.warnings(prepared), ...unread()],
    problems: problemsOf(() => check(plan)),
  };
}

function problemsOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
}
