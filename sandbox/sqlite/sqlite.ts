/**
 * A data file of SQLite, as the APIs of the sandbox keep their rows.
 *
 * The journal is write-ahead with `synchronous = NORMAL`: a transaction that was answered is in the file's log, which
 * outlives the process (also `kill -9`); only a power cut may lose the last ones, which does not matter here.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A data file that is open. */
export interface Sqlite {
  /** The statement of a text; those in use are kept. */
  readonly prepared: (sql: string) => StatementSync;
  /** Runs `work` in one transaction: all of it is kept, or nothing when it throws. Transactions nest. */
  readonly transaction: <T>(work: () => T) => T;
  /** The file itself. */
  readonly db: DatabaseSync;
}

/** Opens a file, or `:memory:`, and makes what is missing in it. @param schema statements that are harmless on a file that has them */
export function openSqlite(path: string, schema: readonly string[]): Sqlite {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
  for (const sql of schema) db.exec(sql);
  return { prepared: statementCache(db), transaction: nestedTransactions(db), db };
}

/** Texts of queries are endless in theory; the oldest statement is dropped beyond this many. */
const MAX_STATEMENTS = 500;

function statementCache(db: DatabaseSync): Sqlite["prepared"] {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const made = db.prepare(sql);
    statements.set(sql, made);
    const [oldest] = statements.keys();
    if (statements.size > MAX_STATEMENTS && oldest !== undefined) statements.delete(oldest);
    return made;
  };
}

/** Savepoints nest where transactions do not: one refused part of a list undoes only itself. */
function nestedTransactions(db: DatabaseSync): Sqlite["transaction"] {
  let depth = 0;
  return (work) => {
    const name = `level_${depth}`;
    db.exec(depth === 0 ? "BEGIN IMMEDIATE" : `SAVEPOINT ${name}`);
    depth += 1;
    try {
      const result = work();
      db.exec(depth === 1 ? "COMMIT" : `RELEASE ${name}`);
      return result;
    } catch (thrown) {
      db.exec(depth === 1 ? "ROLLBACK" : `ROLLBACK TO ${name}; RELEASE ${name}`);
      throw thrown;
    } finally {
      depth -= 1;
    }
  };
}

/** The low byte of the codes with which SQLite says that a constraint does not hold. */
const CONSTRAINT = 19;

/** Whether a statement failed for a constraint of a table. */
export function isConstraint(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !("errcode" in thrown)) return false;
  return (Number(thrown.errcode) & 0xff) === CONSTRAINT;
}
