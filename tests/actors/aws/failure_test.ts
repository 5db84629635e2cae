import assert from "node:assert/strict";
import { ConflictException, ECSServiceException } from "@aws-sdk/client-ecs";
import { type AwsCall, isDenied, toAwsFailure, unreadableAnswer } from "../../../actors/aws/failure.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

const RUN: AwsCall = { service: "ECS", operation: "RunTask", kind: "write" };
const READ: AwsCall = { service: "ECS", operation: "DescribeTasks", kind: "read" };

const thrown = (name: string, message: string, httpStatusCode = 400) =>
  new ECSServiceException({ name, message, $fault: "client", $metadata: { httpStatusCode } });

const sentence = (code: string, operation: string, text: string) =>
  `An error occurred (${code}) when calling the ${operation} operation: ${text}`;

Deno.test("toAwsFailure: given refusals, when told apart, then codes, texts and statuses decide", () => {
  const table: readonly (readonly [string, string, number, AwsCall, string])[] = [
    ["ClientException", "TaskDefinition is inactive", 400, RUN, "refused"],
    ["AccessDeniedException", "no", 400, RUN, "refused"],
    ["LimitExceededException", "too many revisions", 400, RUN, "refused"],
    ["ThrottlingException", "whatever", 400, RUN, "throttled"],
    ["RequestLimitExceeded", "whatever", 503, READ, "throttled"],
    ["SlowDown", "whatever", 503, READ, "throttled"],
    ["Anything", "whatever", 429, READ, "throttled"],
    ["InvalidParameterException", "x: Rate exceeded (ErrorCode: Throttling)", 400, RUN, "throttled"],
    [
      "ClientException",
      "Too many concurrent attempts to create a new revision of the family",
      400,
      RUN,
      "throttled",
    ],
    ["ServerException", "sorry", 400, RUN, "unknownOutcome"],
    ["ServerException", "sorry", 400, READ, "unavailable"],
    ["UpdateInProgressException", "an update is pending", 400, RUN, "throttled"],
    ["LimitExceededException", "Rate limit exceeded", 400, RUN, "throttled"],
    ["ServerException", "sorry", 500, RUN, "unknownOutcome"],
    ["ServerException", "sorry", 500, READ, "unavailable"],
    ["ServiceUnavailable", "sorry", 503, RUN, "unknownOutcome"],
  ];
  for (const [code, text, status, call, tag] of table) {
    const { failure } = toAwsFailure(thrown(code, text, status), call);

    assert.equal(failure.tag, tag, `${code} ${status}`);
    assert.equal(failure.message, sentence(code, call.operation, text));
  }
});

for (
  const [code, text, status] of [
    ["InternalFailure", "API for service 'ecs' not yet implemented or pro feature", 501],
    ["InternalFailure", "API for service 'ecs' not yet implemented or pro feature", 500],
    [
      "InternalFailure",
      "The API for service 'ecs' is either not included in your plan or has not yet been emulated",
      501,
    ],
    ["InternalFailure", "API action 'RunTask' for service 'ecs' not yet implemented", 500],
    ["UnknownOperationException", "", 500],
    ["NotImplemented", "sorry", 503],
    ["Unknown", "UnknownError", 501],
  ] as const
) {
  Deno.test(`toAwsFailure: given ${code} ${status} "${text.slice(0, 50)}", when RunTask is answered so, then the endpoint has refused it`, () => {
    const { failure } = toAwsFailure(thrown(code, text, status), RUN);

    assert.equal(failure.tag, "refused");
    assert.match(failure.message, /this endpoint does not offer RunTask, check AWS_ENDPOINT_URL$/);
  });
}

Deno.test("toAwsFailure: given that AWS itself failed, when RunTask is answered so, then its outcome is unknown", () => {
  const text = "The request processing has failed because of an unknown error, exception or failure.";

  assert.equal(toAwsFailure(thrown("InternalFailure", text, 500), RUN).failure.tag, "unknownOutcome");
  assert.equal(
    toAwsFailure(thrown("ServiceUnavailable", "not available", 503), RUN).failure.tag,
    "unknownOutcome",
  );
});

Deno.test("toAwsFailure: given a conflict of RunTask, when told apart, then the tasks it names come along", () => {
  const conflict = new ConflictException({ message: "used", $metadata: {}, resourceIds: ["arn:1", "arn:2"] });

  const { failure } = toAwsFailure(conflict, RUN);

  assert.deepEqual(failure, {
    tag: "conflict",
    taskIds: ["arn:1", "arn:2"],
    message: sentence("ConflictException", "RunTask", "used"),
  });
});

Deno.test("toAwsFailure: given a broken connection, when it was a write, then the outcome is unknown; a read keeps its reason", () => {
  const broken = new FailureError({ tag: "unreachable", message: "Cannot reach https://ecs: reset" });

  const write = toAwsFailure(broken, RUN).failure;

  assert.equal(write.tag, "unknownOutcome");
  assert.equal(
    write.message,
    "Cannot reach https://ecs: reset; whether RunTask was carried out is not known",
  );
  assert.equal(toAwsFailure(broken, READ), broken);
});

Deno.test("toAwsFailure: given that credentials or configuration failed, when it was a write, then that is kept", () => {
  for (const tag of ["credentials", "unexpected"] as const) {
    const error = new FailureError({ tag, message: "no keys" });

    assert.equal(toAwsFailure(error, RUN), error);
  }
});

Deno.test("toAwsFailure: given a call that was given up, when told apart, then late; a write's outcome is unknown", () => {
  for (const name of ["AbortError", "TimeoutError"]) {
    const late = new DOMException("signal", name);

    assert.equal(toAwsFailure(late, READ).failure.tag, "timedOut");
    assert.equal(toAwsFailure(late, RUN).failure.tag, "unknownOutcome");
  }
});

Deno.test("toAwsFailure: given an answer that is not of AWS, when told apart, then its text, which may quote what was sent, is not told", () => {
  const parsing = Object.assign(new SyntaxError("Unexpected token hunter2"), {
    $response: { statusCode: 407 },
  });

  const read = toAwsFailure(parsing, READ).failure;
  const write = toAwsFailure(new TypeError("hunter2"), RUN).failure;

  assert.equal(
    read.message,
    "Cannot complete DescribeTasks: the answer with HTTP status 407 is not one of AWS; check AWS_ENDPOINT_URL and proxies",
  );
  assert.equal(write.message, "Cannot complete RunTask: the answer of AWS cannot be read");
});

for (
  const [status, says] of [[0, "the answer of AWS cannot be read"], [
    502,
    "HTTP status 502 is not one of AWS",
  ]] as const
) {
  Deno.test(`unreadableAnswer: given status ${status}, when it was a write, then the outcome is unknown; a read may be repeated`, () => {
    const write = unreadableAnswer(status, RUN).failure;
    const read = unreadableAnswer(status, READ).failure;

    assert.deepEqual([write.tag, read.tag], ["unknownOutcome", "unavailable"]);
    assert.ok(write.message.includes(says) && write.message.startsWith("Cannot complete RunTask"));
  });
}

Deno.test("isDenied: given what was thrown, when asked, then only IAM's refusals are", () => {
  const codes = [
    "AccessDeniedException",
    "AccessDenied",
    "UnauthorizedOperation",
    "NotAuthorized",
    "ClientException",
  ];
  const refusals = codes.map((code) => toAwsFailure(thrown(code, "no"), READ));
  const others = [
    new Error("AccessDenied"),
    null,
    new FailureError({ tag: "unexpected", message: "AccessDenied" }),
  ];

  assert.deepEqual([...refusals, ...others].map(isDenied), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
