/**
 * Routes of variables and of block documents by name.
 *
 * @module
 */

import * as v from "valibot";
import { definedOf } from "../store/members.ts";
import type { Doc, Store } from "../store/store.ts";
import { type Answer, created, DONE, notFound, ok, refusal } from "../wire/answer.ts";
import { json, object, text, texts, uuid } from "../wire/fields.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";

const NAME =
  "Value error, Variable name must only contain lowercase letters, numbers, and dashes or underscores.";

const variableName = v.pipe(text, v.check((given) => /^[a-z0-9_-]*$/.test(given), NAME), v.maxLength(255));

const variableCreate = v.strictObject({
  name: variableName,
  value: v.optional(json),
  tags: v.optional(texts, []),
});

const variableUpdate = v.strictObject({
  name: v.optional(v.nullable(variableName)),
  value: v.optional(json),
  tags: v.optional(v.nullable(texts)),
});

const blockType = v.object({ name: text, slug: v.pipe(text, v.regex(/^[a-z0-9-]+$/)) });

const blockSchema = v.object({ fields: v.optional(object, {}), block_type_id: uuid });

const blockDocument = v.strictObject({
  name: v.pipe(text, v.regex(/^[a-z0-9-]+$/)),
  data: v.optional(object, {}),
  block_schema_id: uuid,
  block_type_id: uuid,
  is_anonymous: v.optional(v.boolean(), false),
});

/** Routes of variables. */
export const VARIABLE_ROUTES: readonly Route[] = [
  takes("POST", "/variables", variableCreate, ({ store }, values) => {
    const isTaken = store.find("variable", { name: values.name }) !== null;
    if (isTaken) {
      return refusal(409, `A variable with the name '${values.name}' already exists.`);
    }
    return created(
      store.insert("variable", { ...values, value: values.value ?? null }),
    );
  }),
  reads("GET", "/variables/name/:name", ({ store }, name) => {
    const variable = store.find("variable", { name });
    return variable === null ? notFound("Variable not found.") : ok(variable);
  }),
  takes("PATCH", "/variables/name/:name", variableUpdate, ({ store }, values, name) => {
    const variable = store.find("variable", { name });
    if (variable === null) return notFound("Variable not found.");
    store.update("variable", variable, definedOf(values));
    return DONE;
  }),
];

/** Routes of blocks. */
export const BLOCK_ROUTES: readonly Route[] = [
  takes("POST", "/block_types", blockType, ({ store }, values) => {
    const isTaken = store.find("block_type", { slug: values.slug }) !== null;
    if (isTaken) return refusal(409, `Block type with slug ${JSON.stringify(values.slug)} already exists`);
    return created(store.insert("block_type", { ...values, is_protected: false }));
  }),
  reads("GET", "/block_types/slug/:slug", ({ store }, slug) => {
    const type = store.find("block_type", { slug });
    return type === null ? notFound("Block type not found") : ok(type);
  }),
  takes(
    "POST",
    "/block_schemas",
    blockSchema,
    ({ store }, values) =>
      created(store.insert("block_schema", { ...values, capabilities: [], version: "non-versioned" })),
  ),
  takes("POST", "/block_documents", blockDocument, createDocument),
  reads("GET", "/block_documents/:id", ({ store }, id) => {
    const document = store.get("block_document", id);
    return document === null ? notFound("Block document not found") : ok(documentRow(store, document));
  }),
  reads("GET", "/block_types/slug/:slug/block_documents/name/:name", ({ store }, slug, name) => {
    const type = store.find("block_type", { slug });
    const document = type === null ? null : store.find("block_document", { block_type_id: type.id, name });
    return document === null ? notFound("Block document not found") : ok(documentRow(store, document));
  }),
];

function createDocument({ store }: Call, values: v.InferOutput<typeof blockDocument>): Answer {
  const { block_type_id, name } = values;
  if (store.get("block_type", block_type_id) === null) return notFound("Block type not found");
  if (store.find("block_document", { block_type_id, name }) !== null) {
    return refusal(409, "Block already exists");
  }
  return created(documentRow(store, store.insert("block_document", values)));
}

function documentRow(store: Store, document: Doc) {
  const type = store.get("block_type", String(document["block_type_id"]));
  return {
    ...document,
    block_type_name: type?.["name"] ?? null,
    block_type: type,
    block_schema: store.get("block_schema", String(document["block_schema_id"])),
    block_document_references: {},
  };
}
