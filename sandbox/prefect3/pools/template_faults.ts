/**
 * What is wrong with a base job template, and with variables that do not fit it.
 *
 * @module
 * @see Prefect 3.9.1, server/schemas/actions.py and server/api/validation.py
 */

import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mapping } from "../../../schemas/json/shape.ts";

const PLACEHOLDER = /\{\{\s*([\w.\-[\]$]+)\s*\}\}/g;

/** Why a template is none; null: it is one. An empty one is. */
export function templateFault(template: JsonObject): string | null {
  if (Object.keys(template).length === 0) return null;
  const { job_configuration, variables } = template;
  if (!isFilled(job_configuration) || !isFilled(variables)) {
    return "Value error, The `base_job_template` must contain both a `job_configuration` key and a `variables` key.";
  }
  const declared = new Set(Object.keys(mapping(variables["properties"])));
  const used = [...JSON.stringify(job_configuration).matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
  const missing = [...new Set(used.filter((name) => !declared.has(name)))];
  return missing.length === 0
    ? null
    : "Value error, The variables specified in the job configuration template must be present as properties in the " +
      `variables schema. Your job configuration uses the following undeclared variable(s): ${
        missing.join(" ,")
      }.`;
}

function isFilled(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

/** What is checked. */
export interface JobVariables {
  readonly template: JsonObject;
  /** Later ones win. */
  readonly values: readonly JsonObject[];
  /** A deployment need not name all that its runs need. */
  readonly isComplete: boolean;
}

/** Why variables do not fit the template, such as `Validation failed for field 'cpu'. …`; null: they fit. */
export function variablesFault({ template, values, isComplete }: JobVariables): string | null {
  const schema = mapping(template["variables"]);
  const properties = mapping(schema["properties"]);
  if (Object.keys(properties).length === 0) return null;
  const defaults = Object.entries(properties).flatMap(([name, property]): [string, Json][] => {
    const given = mapping(property)["default"];
    return given === undefined ? [] : [[name, given]];
  });
  const all: JsonObject = Object.assign({}, Object.fromEntries(defaults), ...values);
  return schemaFault(isComplete ? schema : withoutRequired(schema), all);
}

/** Why a value does not fit a schema; null: it does. Members that are null and need not be there fit. */
export function schemaFault(schema: JsonObject, value: JsonObject): string | null {
  const required = new Set(listItems(schema["required"]).map(String));
  const present = Object.fromEntries(
    Object.entries(value).filter(([name, member]) => member !== null || required.has(name)),
  );
  const { valid, errors } = new Validator(asSchema(schema), "2020-12").validate(present);
  return valid ? null : faultText(errors);
}

function asSchema(schema: JsonObject): Schema {
  return { ...schema };
}

/** A schema without the names of the members that must be there. */
export function withoutRequired({ required: _required, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** The innermost error is the last one. */
function faultText(errors: readonly OutputUnit[]): string {
  const { instanceLocation = "#", error = "" } = errors.at(-1) ?? {};
  const field = instanceLocation.replace(/^#\/?/, "").replaceAll("/", ".");
  const place = field === "" ? "Validation failed." : `Validation failed for field '${field}'.`;
  return `${place} Failure reason: ${error}`;
}
