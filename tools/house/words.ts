/**
 * The rule that a neutral room names no dialect and no platform, neither in code nor in comments nor in messages: such a
 * word says that a second dialect or platform would have to change the file.
 *
 * @module
 */

import type { Breach, SourceFile } from "./breach.ts";
import { importsOf, lineAt } from "./code.ts";
import { isWithin } from "./rooms.ts";

/** Rooms that serve every dialect and every platform. */
const NEUTRAL_ROOMS = [
  "machines",
  "agent",
  "inspector",
  "schemas/bounds",
  "schemas/guard",
  "schemas/contracts",
  "schemas/flow_run",
  "schemas/failure",
  "schemas/plan",
  "schemas/options",
  "schemas/templates",
  "schemas/explain",
  "schemas/time",
  "schemas/json",
  "schemas/secrets",
  "actors/watch",
  "actors/streams",
  "actors/time",
  "actors/http",
  "actors/files",
  "actors/guard",
  "actors/templates",
];

/** Words of a dialect or platform, also as part of a name: `taskArn`, `ECSAgent`, `ecs_calls`. */
const PARTS = new Set([
  ...[
    "ecs",
    "aws",
    "arn",
    "arns",
    "fargate",
    "botocore",
    "boto3",
    "iam",
    "ec2",
    "cloudwatch",
    "cluster",
    "clusters",
  ],
  ...["graphql", "hasura", "kubernetes"],
]);

/** Words that only count as a whole and in this spelling: `Submitted` is a state of Prefect, `submitted` one of the chart. */
const NAMES =
  /\b(?:Spot|Submitted|startedBy|RunTask|StopTask|DescribeTasks|ListTasks|(?:Register|Deregister|Describe)TaskDefinition)\b/g;

/** `Prefect 1`, `prefect1`, `Prefect1Settings`, `PREFECT 0.15`. */
const DIALECT = /prefect[ _]?[0-3]/gi;

const WORD = /[A-Za-z][A-Za-z0-9]*/g;

/** Words of a dialect or a platform in a neutral room. The path of an import is left to the rule about imports. */
export function wordBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const neutral = files.filter(({ path }) => NEUTRAL_ROOMS.some((room) => isWithin(path, room)));
  return neutral.flatMap(({ path, text }) => {
    const plain = withoutImports(text);
    return foreignWords(plain).map(({ word, at }): Breach => {
      const what = `"${word}" is a word of a dialect or a platform, and this room serves all of them`;
      return { rule: "words", path, line: lineAt(text, at), what };
    });
  });
}

interface Found {
  readonly word: string;
  readonly at: number;
}

function foreignWords(text: string): readonly Found[] {
  const parts = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) =>
    partsOf(word).filter((part) => PARTS.has(part.toLowerCase())).map(() => ({ word, at: index }))
  );
  const names = [NAMES, DIALECT].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ 0: word, index }) => ({ word, at: index }))
  );
  return [...parts, ...names].toSorted((a, b) => a.at - b.at);
}

/** `ECSAgentTask` as `ECS`, `Agent`, `Task`. */
function partsOf(word: string): readonly string[] {
  return word.match(/[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*/g) ?? [];
}

function withoutImports(text: string): string {
  let plain = text;
  for (const { at, to } of importsOf(text)) {
    plain = `${plain.slice(0, at)}${" ".repeat(to.length)}${plain.slice(at + to.length)}`;
  }
  return plain;
}
