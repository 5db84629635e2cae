/**
 * What `explain` asks AWS, and how it shows a plan for ECS.
 *
 * @module
 */

import { type AwsClients, makeAwsClients } from "../../../actors/ecs/clients.ts";
import type { ReadSourceDeps } from "../../../actors/ecs/read_source.ts";
import { explainPlan } from "../../../schemas/ecs/explanation.ts";
import { explanationLines } from "../../../schemas/ecs/explanation_text.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { type EcsSource, isEcsSource } from "../../../schemas/ecs/source.ts";
import type { AccountPlan } from "../../../schemas/ecs/account/account_plan.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Reading, ReadSource, Source } from "../../../schemas/plan/source.ts";
import type { Redactor } from "../../../schemas/secrets/redact.ts";
import type { AskPorts, Explainer, PlannedRun, ShownPlan, SourceReader } from "../platform.ts";
import type { GivenAwsOptions } from "./aws_session.ts";
import { openAccount } from "./open_account.ts";
import { readerOf } from "./reader.ts";

/** ECS as explanations use it. */
export function ecsExplainer(options: ReadingOptions): Explainer<LaunchPlan> {
  return { readSources: (ports) => readSourcesOnce(options, ports), show: showPlan };
}

function showPlan(
  { runId, flowName, ...planned }: PlannedRun<LaunchPlan>,
  redact: Redactor,
): ShownPlan {
  const explanation = explainPlan({ ...planned, run: { id: runId, flow: { name: flowName } }, redact });
  return { json: explanation, lines: explanationLines(explanation) };
}

/** What the options say about reading. */
export interface ReadingOptions {
  readonly aws: GivenAwsOptions;
  readonly templates: TemplateSettings;
}

/** Makes AWS clients for each question and closes them: an explanation of local files needs no account. */
function readSourcesOnce(options: ReadingOptions, ports: AskPorts): SourceReader {
  return withPlaceholder((source, signal) => {
    const account = accountOf(source);
    const ask: Ask = async (use) => {
      const clients = await openClients(account, options, ports);
      try {
        return await use(clients);
      } finally {
        clients.close();
      }
    };
    if (isEcsSource(source) && source.kind === "awsRegion") return readRegion(ask);
    return readerOf({ ...ports, aws: askingAws(ask), templates: options.templates })(source, signal);
  });
}

type Ask = <T>(use: (clients: AwsClients) => Promise<T>) => Promise<T>;

/** What runs name is read in their own account, as the agent does. */
function accountOf(source: Source): AccountPlan | null {
  return isEcsSource(source) && "account" in source ? source.account ?? null : null;
}

async function openClients(
  account: AccountPlan | null,
  { aws }: ReadingOptions,
  { env, call, clock, redact }: AskPorts,
): Promise<AwsClients> {
  if (account === null) return await makeAwsClients({ env, http: call, clock, redact, ...aws });
  return await openAccount(account, { env, call, clock, redact, log: () => undefined, aws });
}

function askingAws(ask: Ask): ReadSourceDeps["aws"] {
  return {
    ecs: {
      describeTaskDefinition: (name, signal) => ask(({ ecs }) => ecs.describeTaskDefinition(name, signal)),
    },
    readS3Object: (place, signal) => ask((clients) => clients.readS3Object(place, signal)),
    readDefaultSubnets: (signal) => ask((clients) => clients.readDefaultSubnets(signal)),
    readVpcNetwork: (vpcId, signal) => ask((clients) => clients.readVpcNetwork(vpcId, signal)),
  };
}

/** Nothing is sent for it. */
async function readRegion(ask: Ask): Promise<Reading> {
  const region = await ask((clients) => Promise.resolve(clients.region));
  return { kind: "json", value: { region } };
}

/** If AWS cannot be asked for network or region, the explanation is still useful without them. */
export function withPlaceholder(readSource: ReadSource): SourceReader {
  const warnings: string[] = [];
  const read: ReadSource = async (source, signal) => {
    try {
      return await readSource(source, signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      const isOut = failure.tag === "credentials" || failure.tag === "unreachable" ||
        failure.tag === "timedOut";
      const placeholder = isOut && isEcsSource(source) ? placeholderOf(source) : null;
      if (placeholder === null) throw thrown;
      warnings.push(`${placeholder.what} as a placeholder: ${failure.message}`);
      return { kind: "json", value: placeholder.value };
    }
  };
  return { read, warnings: () => warnings };
}

interface Placeholder {
  /** Begins the warning. */
  readonly what: string;
  readonly value: JsonObject;
}

function placeholderOf(source: EcsSource): Placeholder | null {
  switch (source.kind) {
    case "defaultNetwork":
      return subnetsOf("the default VPC");
    case "vpcNetwork":
      return subnetsOf(source.vpcId === null ? "the default VPC" : `VPC ${source.vpcId}`);
    case "awsRegion":
      return { what: "The region stands", value: { region: "(region)" } };
    default:
      return null;
  }
}

function subnetsOf(vpc: string): Placeholder {
  return {
    what: `The subnets of ${vpc} stand`,
    value: { subnets: [`(subnets of ${vpc})`], isUnread: true },
  };
}
