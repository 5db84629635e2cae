/** Which refusals by AWS mean "later". @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Later, laterBecause } from "../../../actors/aws/passing_refusal.ts";

type Case = readonly [code: string, text: string, status: number];

const RATE: readonly Case[] = [
  ["ThrottlingException", "Rate exceeded", 400],
  ["Throttling", "", 400],
  ["Throttling.User", "", 400],
  ["ThrottledException", "", 400],
  ["EC2ThrottledException", "", 400],
  ["Client.RequestLimitExceeded", "Request limit exceeded.", 503],
  ["RequestThrottledException", "", 400],
  ["TooManyRequestsException", "", 400],
  ["ProvisionedThroughputExceededException", "", 400],
  ["BandwidthLimitExceeded", "", 503],
  ["SlowDown", "Please reduce your request rate.", 503],
  ["LimitExceededException", "Rate exceeded", 400],
  ["LimitExceededException", "The rate limit for RegisterTaskDefinition was reached", 400],
  ["LimitExceeded", "You made too many requests", 400],
  ["LimitExceededFault", "Maximum of 1 registrations per second", 400],
  ["ClientException", "The maximum request rate permitted by the Amazon ECS APIs has been exceeded", 400],
  ["InvalidParameterException", "Unable to describe subnets: Rate exceeded (ErrorCode: Throttling)", 400],
  ["Unknown", "UnknownError", 429],
];

const CHANGING: readonly Case[] = [
  ["ClientException", "Too many concurrent attempts to create a new revision of the specified family.", 400],
  ["UpdateInProgressException", "The cluster already has a pending update.", 400],
  ["ClientException", "Update in progress", 400],
  ["ClientException", "There is already an update in progress for this cluster.", 400],
  ["InvalidParameterException", "An operation on this resource is currently in progress.", 400],
  ["ClientException", "Another operation is under way for family flow", 400],
  ["ClientException", "The specified cluster is in a busy state.", 400],
  ["InvalidParameterException", "The capacity provider is being updated.", 400],
  ["ConcurrentModificationException", "", 409],
  ["OperationAborted", "A conflicting conditional operation is currently in progress", 409],
  ["PriorRequestNotComplete", "", 400],
  ["ClientException", "Please try again later.", 400],
  ["ClientException", "The service is busy, retry your request in a few moments", 400],
];

const FAULT: readonly Case[] = [
  ["ServerException", "Service Unavailable. Please try again later.", 400],
  ["ServerException", "", 500],
  ["InternalFailure", "", 400],
  ["InternalServerError", "", 400],
  ["InternalError", "", 0],
  ["Server.InternalError", "", 400],
  ["ServiceUnavailable", "", 400],
  ["ServiceUnavailableException", "", 503],
  ["Unavailable", "", 400],
  ["RequestTimeout", "", 400],
  ["Unknown", "UnknownError", 502],
];

const STANDS: readonly Case[] = [
  ["LimitExceededException", "The limit for your resource has been exceeded.", 400],
  ["LimitExceededException", "The number of revisions of this family has reached its limit", 400],
  ["ClientException", "You've reached the limit on the number of vCPUs you can run concurrently", 400],
  ["ClientException", "You've reached the limit on the number of tasks you can run concurrently", 400],
  ["ClientException", "Capacity is unavailable at this time. Please try again later or elsewhere.", 400],
  ["ClientException", "TaskDefinition is inactive", 400],
  ["ClientException", "The task definition is being deleted", 400],
  ["ClientException", "The task definition is in DELETE_IN_PROGRESS", 400],
  ["ServiceNotFoundException", "Service not found.", 400],
  ["ClusterNotFoundException", "Cluster not found.", 400],
  ["AccessDeniedException", "not authorized to perform: ecs:RunTask", 400],
  ["InvalidParameterException", "Invalid setting for container 'flow'.", 400],
  ["ConflictException", "The token was used with other parameters", 400],
];

const TABLE: readonly (readonly [Later | null, readonly Case[]])[] = [
  ["rate", RATE],
  ["changing", CHANGING],
  ["fault", FAULT],
  [null, STANDS],
];

for (const [expected, cases] of TABLE) {
  for (const [code, text, status] of cases) {
    Deno.test(`later: given ${code} ${status} "${text.slice(0, 60)}", when read, then ${expected ?? "the refusal stands"}`, () => {
      assert.equal(laterBecause({ code, text, status }), expected);
    });
  }
}

Deno.test("later: given any of these, when case and words around it differ, then the verdict is the same", () => {
  const known = TABLE.flatMap(([expected, cases]) => cases.map((one) => [expected, one] as const));
  const around = fc.constantFrom(
    "",
    "RunTask failed. ",
    "(Service: AmazonECS; Request ID: 8f2a) ",
    "flow-7: ",
  );
  fc.assert(
    fc.property(fc.constantFrom(...known), around, around, fc.boolean(), (one, before, after, isLoud) => {
      const [expected, [code, text, status]] = one;
      const said = isLoud ? text.toUpperCase() : text;

      assert.equal(laterBecause({ code, text: `${before}${said} ${after}`, status }), expected);
    }),
  );
});
