/**
 * Everything the local ECS remembers.
 *
 * @module
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FailureError } from "../../schemas/failure/failure.ts";
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
} from "./records.ts";
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

/** Name of the data file in its folder. */
export const ECS_DATA_FILE = "ecs.sqlite";

function openDatabase(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(join(dataDir, ECS_DATA_FILE));
  try {
    // WAL with NORMAL loses nothing when the process dies, only (perhaps) when the machine does. The lock is held until
    // then: records are read once, so a second process over the same folder would go by old ones.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    db.exec("BEGIN IMMEDIATE; COMMIT");
  } catch (thrown) {
    db.close();
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `Cannot use the data folder ${dataDir}: ${why}; is another sandbox using it?`;
    throw new FailureError({ tag: "configuration", field: "--data", message }, { cause: thrown });
  }
  return db;
}

/** A store over a database, or in memory only. */
export function openEcsStoreOn(db: DatabaseSync | null): EcsStore {
  return {
    clusters: openShelf({ kind: "cluster", schema: clusterSchema, db }),
    definitions: openShelf({ kind: "definition", schema: definitionSchema, db }),
    families: openShelf({ kind: "family", schema: familySchema, db }),
    tasks: openShelf({ kind: "task", schema: taskSchema, db }),
    launches: openShelf({ kind: "launch", schema: launchSchema, db }),
    close: () => db?.close(),
  };
}

/**
 * Opens the store of a folder.
 *
 * @param dataDir folder that exists, null: in memory only
 * @throws {FailureError} `configuration` when another process has it open
 */
export function openEcsStore(dataDir: string | null): EcsStore {
  return openEcsStoreOn(dataDir === null ? null : openDatabase(dataDir));
}
