/**
 * Everything the local ECS remembers.
 *
 * @module
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type Cluster,
  clusterSchema,
  type Definition,
  definitionSchema,
  type Family,
  familySchema,
  type Launch,
  launchSchema,
  type TaskRecord,
  taskSchema,
} from "./ecs_records.ts";
import { openShelf, type Shelf } from "./shelf.ts";

/** The shelves of the local ECS. */
export interface EcsStore {
  /** By ARN. */
  readonly clusters: Shelf<Cluster>;
  /** By ARN. */
  readonly definitions: Shelf<Definition>;
  /** By `region/family`. */
  readonly families: Shelf<Family>;
  /** By ARN. */
  readonly tasks: Shelf<TaskRecord>;
  /** By `cluster ARN token`. */
  readonly launches: Shelf<Launch>;
  readonly close: () => void;
}

function openDatabase(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(join(dataDir, "ecs.sqlite"));
  // WAL with NORMAL loses nothing when the process dies, only (perhaps) when the machine does.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  return db;
}

/**
 * Opens the store.
 *
 * @param dataDir folder that exists, null: in memory only
 */
export function openEcsStore(dataDir: string | null): EcsStore {
  const db = dataDir === null ? null : openDatabase(dataDir);
  return {
    clusters: openShelf({ kind: "cluster", schema: clusterSchema, db }),
    definitions: openShelf({ kind: "definition", schema: definitionSchema, db }),
    families: openShelf({ kind: "family", schema: familySchema, db }),
    tasks: openShelf({ kind: "task", schema: taskSchema, db }),
    launches: openShelf({ kind: "launch", schema: launchSchema, db }),
    close: () => db?.close(),
  };
}
