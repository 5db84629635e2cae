/**
 * The pages of a search for claims, each as long as its answer can be read: a page that cannot is asked for in halves, down to
 * the one run that is at fault.
 *
 * @module
 */

import type { AnswerFault } from "../../schemas/failure/failure.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import type { ClaimedPage } from "./queries.ts";
import { attempt } from "./read_apart.ts";

/** Which rows of the search are asked for next. */
export type PageWish = Pick<ClaimedPage, "after" | "limit" | "fields">;

/** A claimed run whose row cannot be read even alone: what of it is readable, and what is wrong. */
export interface UnreadableClaim {
  /** Its state where that is readable, else only id, version and type. */
  readonly row: unknown;
  readonly fault: AnswerFault;
}

/** All rows of a search. */
export interface ClaimRows {
  readonly rows: readonly unknown[];
  readonly unreadable: readonly UnreadableClaim[];
}

/** Asks for one page. */
type AskPage = (wish: PageWish) => Promise<readonly unknown[]>;

/** Rows of one page; a page short of what was asked for is the last. */
const PAGE_SIZE = 200;

/** Where a search is. */
interface Position {
  /** Id of the last run that was read; null: the search begins. */
  readonly after: string | null;
  readonly limit: number;
  /** Most rows of a page: less once longer answers could not be read. */
  readonly page: number;
  /** How many of the next rows made an answer that cannot be read; 0: none are known to. */
  readonly doubtful: number;
}

/**
 * Reads page after page, for as long as there is something new on them. A run at fault takes at most `2 * log2(200) + 4`
 * requests more.
 *
 * @throws what `ask` throws for another reason than an answer that cannot be read, or where the API gives no readable answer
 */
export async function readClaimPages(ask: AskPage): Promise<ClaimRows> {
  const rows: unknown[] = [];
  const unreadable: UnreadableClaim[] = [];
  let at: Position | null = { after: null, limit: PAGE_SIZE, page: PAGE_SIZE, doubtful: 0 };
  while (at !== null) {
    const { after, limit }: Position = at;
    const wish: PageWish = { after, limit, fields: "whole" };
    const answer: Awaited<ReturnType<typeof attempt>> = await attempt(wish, ask);
    if ("rows" in answer) {
      rows.push(...answer.rows);
      at = afterRows(answer.rows, at);
    } else if (limit > 1) at = { ...at, limit: Math.ceil(limit / 2), doubtful: limit };
    else {
      const alone: ClaimRows = await readAlone(after, ask);
      rows.push(...alone.rows);
      unreadable.push(...alone.unreadable);
      at = afterOne([...alone.rows, ...alone.unreadable.map(({ row }) => row)], at);
    }
  }
  return { rows, unreadable };
}

/** The next page. Null: this was the last one, or the API gives the same again. */
function afterRows(rows: readonly unknown[], { after, limit, page, doubtful }: Position): Position | null {
  const last = rows.length < limit ? null : idOf(rows.at(-1));
  if (last === null || last <= (after ?? "")) return null;
  const left = Math.max(0, doubtful - rows.length);
  // The rows were readable in two parts: together they are too long, and so will be others.
  const shorter = doubtful > 0 && left === 0 ? Math.min(page, limit) : page;
  return { after: last, limit: left > 0 ? Math.min(left, shorter) : shorter, page: shorter, doubtful: left };
}

/** The page after a single row. */
function afterOne(rows: readonly unknown[], { after, page }: Position): Position | null {
  const last = idOf(rows.at(-1));
  return last === null || last <= (after ?? "") ? null : { after: last, limit: page, page, doubtful: 0 };
}

/** Asks once more, since an answer may be damaged on its way, then for less and less of the row. */
async function readAlone(after: string | null, ask: AskPage): Promise<ClaimRows> {
  const again = await attempt<PageWish, unknown>({ after, limit: 1, fields: "whole" }, ask);
  if ("rows" in again) return { rows: again.rows, unreadable: [] };
  const state = await attempt<PageWish, unknown>({ after, limit: 1, fields: "state" }, ask);
  const [row] = "rows" in state ? state.rows : await ask({ after, limit: 1, fields: "glance" });
  return { rows: [], unreadable: row === undefined ? [] : [{ row, fault: again.fault }] };
}

function idOf(row: unknown): string | null {
  return isJsonObject(row) && typeof row.id === "string" ? row.id : null;
}
