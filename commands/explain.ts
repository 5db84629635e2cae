/**
 * `explain`: the two requests a flow run would get and where every field comes from. Reads, never writes.
 *
 * @module
 */

import { makeAwsClients } from "../actors/ecs/clients.ts";
import { prepareOptions, readSources } from "../agent/prepare_options.ts";
import type { HttpCall } from "../actors/http/http.ts";
import { readConfigFile } from "../actors/files/read_config_file.ts";
import { makeReadSource, type ReadSourceDeps } from "../actors/ecs/read_source.ts";
import { checkPlan } from "../actors/ecs/check_plan.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import type { Command } from "./cli/command.ts";
import { explainPlan, type Explanation } from "../schemas/ecs/explanation.ts";
import { explanationLines } from "../schemas/ecs/explanation_text.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import type { FlowRun } from "../schemas/prefect1/flow_run.ts";
import type { LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import type { FieldSource } from "../schemas/plan/field_source.ts";
import type { Reading, ReadSource, Source } from "../schemas/plan/source.ts";
import { textOf } from "../schemas/options/option_value.ts";
import { usageError } from "../schemas/options/usage_error.ts";
import type { Dialect } from "./wiring/dialect.ts";
import type { Io } from "./wiring/io.ts";
import { type OpenFlavour, openFlavour } from "./wiring/flavours.ts";
import { openHttp } from "./wiring/open_http.ts";
import { systemPorts } from "./wiring/system_ports.ts";

/** An explain command as it was typed. */
export type ExplainCommand = Extract<Command, { kind: "explain" }>;

/**
 * Prints the explanation of one flow run, as text or with `--json`.
 *
 * @returns the exit code: 0, or 1 when AWS would refuse the requests
 * @throws {FailureError} `usage`, `configuration`, and `badFlowRun` for a run that cannot be planned
 */
export async function explain(command: ExplainCommand, io: Io): Promise<number> {
  const asked = askedRun(command);
  const http = openHttp(io.env);
  const world: World = { call: http.call, io };
  try {
    return await openFlavour(command, { env: io.env, readText: readConfigFile }, async (open) => {
      const explanation = await explainRun(open, {
        run: await readRun(asked, open.dialect, world),
        readSource: makeReader(open, world),
        signal: io.signal,
        origins: open.dialect.origins(),
        warnings: [...command.warnings, ...http.warnings],
      });
      print(explanation, command.values.json === true, io);
      return explanation.problems.length === 0 ? 0 : 1;
    });
  } finally {
    http.close();
  }
}

interface World {
  readonly call: HttpCall;
  readonly io: Io;
}

/** What an explanation is made from. */
export interface ExplainInput {
  readonly run: FlowRun;
  readonly readSource: ReadSource;
  readonly signal: AbortSignal;
  /** Where settings came from, by the variable that carries them. */
  readonly origins: ReadonlyMap<string, FieldSource>;
  readonly warnings: readonly string[];
}

/** Explains one run in one flavour. @throws {FailureError} `configuration` and `badFlowRun` */
export async function explainRun<Options>(
  { flavour, options, warnings }: Pick<OpenFlavour<Options>, "flavour" | "options" | "warnings">,
  { run, readSource, signal, origins, warnings: others }: ExplainInput,
): Promise<Explanation> {
  const missing: string[] = [];
  const read = tolerant(readSource, missing);
  const prepared = await prepareOptions(flavour, options, { read, check: checkPlan, signal });
  const readings = await readSources(flavour.sources(run, prepared), readSource, signal);
  const plan = flavour.plan(run, prepared, readings);
  const told = [...others, ...warnings, ...flavour.warnings(prepared), ...missing];
  return explainPlan({
    flavour: flavour.name,
    run,
    plan,
    origins,
    warnings: told,
    problems: problemsOf(plan),
  });
}

/** Where AWS cannot be asked for the default network, an explanation is still worth having. */
function tolerant(readSource: ReadSource, missing: string[]): ReadSource {
  return async (source: Source, signal: AbortSignal): Promise<Reading> => {
    try {
      return await readSource(source, signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      const isOut = failure.tag === "credentials" || failure.tag === "unreachable" ||
        failure.tag === "timedOut";
      if (source.kind !== "defaultNetwork" || !isOut) throw thrown;
      missing.push(`The subnets of the default VPC stand as a placeholder: ${failure.message}`);
      return { kind: "json", value: { subnets: ["(subnets of the default VPC)"] } };
    }
  };
}

function problemsOf(plan: LaunchPlan): readonly string[] {
  try {
    checkPlan(plan);
    return [];
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
}

interface Asked {
  readonly id: string | null;
  readonly file: string | null;
}

function askedRun({ values }: ExplainCommand): Asked {
  const id = textOf(values, "flow-run");
  const file = textOf(values, "flow-run-file");
  if ((id === null) !== (file === null)) return { id, file };
  throw usageError("Say which flow run to explain by one of --flow-run ID and --flow-run-file PATH");
}

async function readRun<Run>({ id, file }: Asked, dialect: Dialect<Run>, { call, io }: World): Promise<Run> {
  if (id === null) return dialect.parseRun(await readFile(file ?? ""), file ?? "");
  dialect.requireCredential();
  return await dialect.readRun(id, { call, ...systemPorts, log: () => undefined }, io.signal);
}

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    const why = thrown instanceof Deno.errors.NotFound ? "there is no such file" : "the file cannot be read";
    const message = `Cannot read the flow run in ${path} (--flow-run-file): ${why}`;
    throw new FailureError({ tag: "configuration", field: "--flow-run-file", message }, { cause: thrown });
  }
}

/** AWS is asked only for what stands there: an explanation of local files needs no account. */
function makeReader<Options>({ aws }: OpenFlavour<Options>, { call, io }: World): ReadSource {
  const options = { env: io.env, http: call, clock: systemClock, ...aws };
  const withAws = async <T>(use: (clients: ReadSourceDeps["aws"]) => Promise<T>): Promise<T> => {
    const clients = await makeAwsClients(options);
    try {
      return await use(clients);
    } finally {
      clients.close();
    }
  };
  return makeReadSource({
    aws: {
      ecs: {
        describeTaskDefinition: (name, signal) => withAws((c) => c.ecs.describeTaskDefinition(name, signal)),
      },
      readS3Text: (place, signal) => withAws((clients) => clients.readS3Text(place, signal)),
      readDefaultSubnets: (signal) => withAws((clients) => clients.readDefaultSubnets(signal)),
    },
    http: call,
    readFile: Deno.readTextFile,
    env: io.env,
  });
}

function print(explanation: Explanation, asJson: boolean, io: Io): void {
  if (asJson) return io.write(JSON.stringify(explanation, null, 2));
  for (const line of explanationLines(explanation)) io.write(line);
}
