/**
 * Reading rows together, and apart where an answer cannot be read: it is asked for in halves, down to the one row that is at
 * fault. All other rows come through.
 *
 * @module
 */

import { type AnswerFault, answerFaultOf, toFailure } from "../../schemas/failure/failure.ts";

/** How rows are read by their ids. */
export interface ReadApartDeps<Row, Glance> {
  readonly read: (ids: readonly string[]) => Promise<readonly Row[]>;
  /** Reads the little that every row has; undefined: the API does not know the id. */
  readonly glance: (id: string) => Promise<Glance | undefined>;
}

/** A row that cannot be read, even alone. */
export interface UnreadableRow<Glance> {
  readonly id: string;
  readonly glance: Glance;
  readonly fault: AnswerFault;
}

/** What came of reading. */
export interface ReadApart<Row, Glance> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow<Glance>[];
}

/**
 * Reads rows by id. For one row at fault among `n` it takes at most `2 * log2(n) + 4` requests; where the API gives no
 * readable answer at all, at most `log2(n) + 4`.
 *
 * @throws what `read` throws for another reason than an answer that cannot be read, or where a glance fails as well: then the
 * API is at fault, and no row
 */
export async function readApart<Row, Glance>(
  ids: readonly string[],
  deps: ReadApartDeps<Row, Glance>,
): Promise<ReadApart<Row, Glance>> {
  const rows: Row[] = [];
  const unreadable: UnreadableRow<Glance>[] = [];
  const parts = ids.length === 0 ? [] : [ids];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const answer = await attempt(part, deps.read);
    const [id] = part;
    if ("rows" in answer) rows.push(...answer.rows);
    else if (part.length > 1) parts.push(...inHalves(part));
    else if (id !== undefined) {
      const alone = await readAlone(id, deps);
      rows.push(...alone.rows);
      unreadable.push(...alone.unreadable);
    }
  }
  return { rows, unreadable };
}

/** The first half comes last: it is taken next. */
function inHalves(part: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(middle), part.slice(0, middle)];
}

/** Asks once more, since an answer may be damaged on its way, and makes sure that the API answers at all. */
async function readAlone<Row, Glance>(
  id: string,
  { read, glance }: ReadApartDeps<Row, Glance>,
): Promise<ReadApart<Row, Glance>> {
  const again = await attempt([id], read);
  if ("rows" in again) return { rows: again.rows, unreadable: [] };
  const seen = await glance(id);
  return { rows: [], unreadable: seen === undefined ? [] : [{ id, glance: seen, fault: again.fault }] };
}

/** The rows of an answer, or what is wrong with it. @throws every failure that is no fault of the answer */
export async function attempt<Asked, Row>(
  asked: Asked,
  read: (asked: Asked) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[] } | { readonly fault: AnswerFault }> {
  try {
    return { rows: await read(asked) };
  } catch (thrown) {
    const fault = answerFaultOf(toFailure(thrown));
    if (fault === null) throw thrown;
    return { fault };
  }
}

/** What is wrong with a row that was asked for alone, in words. */
export function faultText(fault: AnswerFault): string {
  if (fault.kind === "tooLong") {
    return `the answer with it alone is longer than ${fault.mostBytes} bytes, which is the most that is read; ` +
      "make its run config, its flow or its state smaller and start it again";
  }
  if (fault.kind === "tooMany") {
    return `the answer with it alone has more than ${fault.mostValues} values, which are the most that are parsed; ` +
      "make its run config, its flow or its state smaller and start it again";
  }
  const what = fault.kind === "notText" ? "UTF-8" : "JSON";
  const where = fault.atByte === null
    ? "the answer with it alone"
    : `byte ${fault.atByte} of the answer with it alone`;
  return `${where} is not ${what}; correct its run config, its flow or its state and start it again`;
}
