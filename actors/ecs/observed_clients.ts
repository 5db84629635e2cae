/**
 * AWS clients whose every call an observer makes.
 *
 * @module
 */

import type { CallObserver } from "../observability/call_observer.ts";
import type { AgentAws } from "./clients.ts";
import type { EcsCalls, RunTaskAnswer } from "./calls.ts";

/** The same clients, observed. */
export function observedAws(aws: AgentAws, observe: CallObserver): AgentAws {
  return {
    ...aws,
    ecs: observedEcs(aws.ecs, observe),
    readS3Object: (place, signal) =>
      observe({ service: "S3", operation: "GetObject", work: () => aws.readS3Object(place, signal) }),
    readLogTail: (place, lines, signal) =>
      observe({
        service: "CloudWatch Logs",
        operation: "GetLogEvents",
        work: () => aws.readLogTail(place, lines, signal),
      }),
    readDefaultSubnets: (signal) =>
      observe({ service: "EC2", operation: "DescribeSubnets", work: () => aws.readDefaultSubnets(signal) }),
    readVpcNetwork: (vpcId, signal) =>
      observe({
        service: "EC2",
        operation: "DescribeSubnets",
        work: () => aws.readVpcNetwork(vpcId, signal),
      }),
  };
}

/** The same calls, observed; put it below the pacing, so that the wait for a permit does not count. */
export function observedEcs(ecs: EcsCalls, observe: CallObserver): EcsCalls {
  const call = <T>(operation: string, work: () => Promise<T>, resultOf?: (answer: T) => string): Promise<T> =>
    observe({ service: "ECS", operation, work, ...(resultOf === undefined ? {} : { resultOf }) });
  return {
    describeTaskDefinition: (name, signal) =>
      call(
        "DescribeTaskDefinition",
        () => ecs.describeTaskDefinition(name, signal),
        (found) => found === null ? "notFound" : "ok",
      ),
    registerTaskDefinition: (request, signal) =>
      call("RegisterTaskDefinition", () => ecs.registerTaskDefinition(request, signal)),
    deregisterTaskDefinition: (arn, signal) =>
      call("DeregisterTaskDefinition", () => ecs.deregisterTaskDefinition(arn, signal)),
    runTask: (request, signal) => call("RunTask", () => ecs.runTask(request, signal), placed),
    describeTasks: (cluster, arns, signal) =>
      call("DescribeTasks", () => ecs.describeTasks(cluster, arns, signal)),
    listTasks: (cluster, startedBy, signal) =>
      call("ListTasks", () => ecs.listTasks(cluster, startedBy, signal)),
    stopTask: (cluster, arn, reason, signal) =>
      call("StopTask", () => ecs.stopTask(cluster, arn, reason, signal)),
    findDefinitionsByTag: (tags, signal) =>
      observe({
        service: "Tagging",
        operation: "GetResources",
        work: () => ecs.findDefinitionsByTag(tags, signal),
      }),
  };
}

/** RunTask answers 200 also when it started nothing. */
function placed({ tasks }: RunTaskAnswer): string {
  return tasks.length > 0 ? "ok" : "notPlaced";
}
