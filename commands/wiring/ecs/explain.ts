/**
 * What `explain` asks AWS, and how it shows a plan for ECS.
 *
 * @module
 */

import { makeAwsClients } from "../../../actors/ecs/clients.ts";
import type { ReadSourceDeps } from "../../../actors/ecs/read_source.ts";
import { explainPlan } from "../../../schemas/ecs/explanation.ts";
import { explanationLines } from "../../../schemas/ecs/explanation_text.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { ReadSource } from "../../../schemas/plan/source.ts";
import type { Redactor } from "../../../schemas/secrets/redact.ts";
import type { AskPorts, Explainer, PlannedRun, ShownPlan, SourceReader } from "../platform.ts";
import type { GivenAwsOptions } from "./aws_session.ts";
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
function readSourcesOnce(
  { aws: given, templates }: ReadingOptions,
  ports: AskPorts,
): SourceReader {
  const { env, call: http, clock, redact } = ports;
  const ask = async <T>(use: (clients: ReadSourceDeps["aws"]) => Promise<T>): Promise<T> => {
    const clients = await makeAwsClients({ env, http, clock, redact, ...given });
    try {
      return await use(clients);
    } finally {
      clients.close();
    }
  };
  const aws: ReadSourceDeps["aws"] = {
    ecs: {
      describeTaskDefinition: (name, signal) => ask(({ ecs }) => ecs.describeTaskDefinition(name, signal)),
    },
    readS3Object: (place, signal) => ask((clients) => clients.readS3Object(place, signal)),
    readDefaultSubnets: (signal) => ask((clients) => clients.readDefaultSubnets(signal)),
    readVpcNetwork: (vpcId, signal) => ask((clients) => clients.readVpcNetwork(vpcId, signal)),
  };
  return withPlaceholder(readerOf({ ...ports, aws, templates }));
}

/** If AWS cannot be asked for the default network, the explanation is still useful without it. */
export function withPlaceholder(readSource: ReadSource): SourceReader {
  const warnings: string[] = [];
  const read: ReadSource = async (source, signal) => {
    try {
      return await readSource(source, signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      const isOut = failure.tag === "credentials" || failure.tag === "unreachable" ||
        failure.tag === "timedOut";
      if (source.kind !== "defaultNetwork" || !isOut) throw thrown;
      warnings.push(`The subnets of the default VPC stand as a placeholder: ${failure.message}`);
      return { kind: "json", value: { subnets: ["(subnets of the default VPC)"] } };
    }
  };
  return { read, warnings: () => warnings };
}
