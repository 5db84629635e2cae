/**
 * Reads a GraphQL document into plain data: the fields asked for, with variables put in and fragments spread.
 *
 * @module
 */

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { invalid, refusal } from "./store/refusal.ts";

/** One field of a selection. */
export interface Asked {
  /** Name of the field in the schema. */
  readonly name: string;
  /** Name in the answer: the alias where there is one. */
  readonly key: string;
  /** Arguments with variables put in; those whose variable was not given are absent. */
  readonly args: JsonObject;
  /** What is asked for below it, in the order of the answer. */
  readonly fields: readonly Asked[];
}

/** What a request wants done. */
export interface Operation {
  /** Which root its fields belong to. */
  readonly kind: "query" | "mutation";
  /** What is asked for below it, in the order of the answer. */
  readonly fields: readonly Asked[];
}

/** A request after its HTTP body was read. */
export interface GraphqlRequest {
  /** The GraphQL document. */
  readonly query: string;
  /** Values by variable name, empty when none were sent. */
  readonly variables: JsonObject;
  /** Which operation of the document; null where it has only one. */
  readonly operationName: string | null;
}

interface Scope {
  readonly variables: ReadonlyMap<string, Json | undefined>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Fragments being spread: one that spreads itself is an error. */
  readonly open: ReadonlySet<string>;
}

/**
 * Reads the operation that a request names.
 *
 * @throws {FailureError} `apiError` with a code of {@link BAD_REQUEST_CODES} for what is not GraphQL
 */
export function readOperation(request: GraphqlRequest): Operation {
  const document = parsed(request.query);
  const operation = chosen(document, request.operationName);
  if (operation.operation === "subscription") throw invalid("Subscriptions are not supported.");
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const scope = { variables: variablesOf(operation, request.variables), fragments, open: new Set<string>() };
  const kind = operation.operation === "mutation" ? "mutation" : "query";
  return { kind, fields: selected(operation.selectionSet, scope) };
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query);
  } catch (thrown) {
    if (thrown instanceof GraphQLError) throw refusal(thrown.message, "GRAPHQL_PARSE_FAILED");
    throw thrown;
  }
}

function chosen(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const found = name === null ? operations : operations.filter((node) => node.name?.value === name);
  const [operation] = found;
  if (operation === undefined) throw invalid("The document holds no operation of that name.");
  if (found.length > 1) throw invalid("Must provide operation name if query contains multiple operations.");
  return operation;
}

function variablesOf(
  operation: OperationDefinitionNode,
  given: JsonObject,
): ReadonlyMap<string, Json | undefined> {
  const nothing: Scope = { variables: new Map(), fragments: new Map(), open: new Set() };
  const variables = new Map<string, Json | undefined>();
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const fallback = definition.defaultValue;
    const value = given[name] ?? (fallback && !(name in given) ? valueOf(fallback, nothing) : given[name]);
    if (definition.type.kind === Kind.NON_NULL_TYPE && (value ?? null) === null) {
      throw refusal(`Variable "$${name}" of a required type was not provided.`, "BAD_USER_INPUT");
    }
    variables.set(name, value);
  }
  return variables;
}

function selected(set: SelectionSetNode | undefined, scope: Scope): readonly Asked[] {
  const fields = (set?.selections ?? []).filter((node) => isIncluded(node, scope))
    .flatMap((node) => selectionOf(node, scope));
  const byKey = new Map<string, Asked>();
  for (const field of fields) {
    const before = byKey.get(field.key);
    byKey.set(field.key, before === undefined ? field : merged(before, field));
  }
  return [...byKey.values()];
}

/** The same field asked for twice is one field with the selections of both. */
function merged(before: Asked, field: Asked): Asked {
  if (before.name !== field.name) {
    throw invalid(`Fields "${field.key}" conflict because they are different fields.`);
  }
  return { ...before, fields: [...before.fields, ...field.fields.filter((own) => !hasKey(before, own))] };
}

function hasKey(field: Asked, { key }: Asked): boolean {
  return field.fields.some((own) => own.key === key);
}

function selectionOf(node: SelectionNode, scope: Scope): readonly Asked[] {
  if (node.kind === Kind.FIELD) return [fieldOf(node, scope)];
  if (node.kind === Kind.INLINE_FRAGMENT) return selected(node.selectionSet, scope);
  const name = node.name.value;
  const fragment = scope.fragments.get(name);
  if (fragment === undefined) throw invalid(`Unknown fragment "${name}".`);
  if (scope.open.has(name)) throw invalid(`Cannot spread fragment "${name}" within itself.`);
  return selected(fragment.selectionSet, { ...scope, open: new Set([...scope.open, name]) });
}

function fieldOf(node: FieldNode, scope: Scope): Asked {
  const args = membersOf(node.arguments ?? [], scope);
  const name = node.name.value;
  return { name, key: node.alias?.value ?? name, args, fields: selected(node.selectionSet, scope) };
}

interface NamedValue {
  readonly name: { readonly value: string };
  readonly value: ValueNode;
}

/** Members whose variable was not given are absent, not null: that is how GraphQL reads them. */
function membersOf(nodes: readonly NamedValue[], scope: Scope): JsonObject {
  const members: Record<string, Json> = {};
  for (const { name, value } of nodes) {
    const read = valueOf(value, scope);
    if (read !== undefined) members[name.value] = read;
  }
  return members;
}

function valueOf(node: ValueNode, scope: Scope): Json | undefined {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variableOf(node.name.value, scope);
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => valueOf(item, scope) ?? null);
    case Kind.OBJECT:
      return membersOf(node.fields, scope);
    default:
      return node.value;
  }
}

function variableOf(name: string, { variables }: Scope): Json | undefined {
  if (!variables.has(name)) throw invalid(`Variable "$${name}" is not defined.`);
  return variables.get(name);
}

function isIncluded(node: SelectionNode, scope: Scope): boolean {
  return (node.directives ?? []).every((directive) => {
    const condition = membersOf(directive.arguments ?? [], scope)["if"];
    if (directive.name.value === "skip") return condition !== true;
    return directive.name.value !== "include" || condition === true;
  });
}
