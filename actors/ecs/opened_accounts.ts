/**
 * The accounts that are open: each is opened when it is first asked for and closed once nobody has asked for an hour. Equal
 * accounts share one.
 *
 * @module
 */

import type { AccountPlan } from "../../schemas/ecs/account/account_plan.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** What opening needs. */
export interface OpenedDeps<Open> {
  /** @throws {FailureError} `credentials` and `configuration` */
  readonly open: (account: AccountPlan) => Promise<Open>;
  readonly clock: Clock;
}

/** The open accounts. */
export interface OpenedAccounts<Open> {
  /** Does work in an account; it stays open until the work has ended. @throws what opening and the work throw */
  readonly during: <T>(account: AccountPlan, work: (open: Open) => Promise<T>) => Promise<T>;
  /** A plan names it: its tasks may be followed before anything is launched there. */
  readonly name: (account: AccountPlan) => void;
  /** One that was named or used within the last hour; null: none of this key was. */
  readonly known: (key: string) => AccountPlan | null;
  readonly all: () => readonly Open[];
  /** How many are open. */
  readonly count: () => number;
  /** Closes all of them. */
  readonly close: () => void;
}

/** Accounts that are open at a time; beyond it the one that was used longest ago is opened again when it is needed. */
const MOST_OPEN = 100;

/** An account that nobody has used for this long is closed, in milliseconds. */
const IDLE_MS = 3_600_000;

/** One account that was named. */
interface Entry<Open> {
  readonly account: AccountPlan;
  usedMs: number;
  /** Pieces of work under way. */
  atWork: number;
  /** Null: it is not open. */
  opening: Promise<Open> | null;
  /** Null: it is not open yet. */
  open: Open | null;
}

interface Accounts<Open> extends OpenedDeps<Open> {
  /** By key, the one that was used longest ago first. */
  readonly entries: Map<string, Entry<Open>>;
  forget: (() => void) | null;
}

/** None is open yet. */
export function makeOpenedAccounts<Open extends { readonly close: () => void }>(
  deps: OpenedDeps<Open>,
): OpenedAccounts<Open> {
  const accounts: Accounts<Open> = { ...deps, entries: new Map(), forget: null };
  const { entries } = accounts;
  const openOnes = () => [...entries.values()].flatMap(({ open }) => open === null ? [] : [open]);
  return {
    during: async (account, work) => {
      const entry = use(accounts, account);
      entry.atWork++;
      try {
        return await work(await opened(accounts, entry));
      } finally {
        entry.atWork--;
        entry.usedMs = accounts.clock.now();
      }
    },
    name: (account) => void use(accounts, account),
    known: (key) => entries.get(key)?.account ?? null,
    all: openOnes,
    count: () => [...entries.values()].filter(({ opening }) => opening !== null).length,
    close: () => {
      accounts.forget?.();
      accounts.forget = null;
      for (const entry of entries.values()) shut(entry);
      entries.clear();
    },
  };
}

function use<Open>(accounts: Accounts<Open>, account: AccountPlan): Entry<Open> {
  const { entries, clock } = accounts;
  const fresh: Entry<Open> = { account, usedMs: 0, atWork: 0, opening: null, open: null };
  const entry = entries.get(account.key) ?? fresh;
  entries.delete(account.key);
  entries.set(account.key, entry);
  entry.usedMs = clock.now();
  return entry;
}

function opened<Open extends { readonly close: () => void }>(
  accounts: Accounts<Open>,
  entry: Entry<Open>,
): Promise<Open> {
  if (entry.opening !== null) return entry.opening;
  const opening = accounts.open(entry.account);
  entry.opening = opening;
  makeRoom(accounts, entry);
  sweepLater(accounts);
  opening.then(
    (open) => {
      if (entry.opening === opening) entry.open = open;
      else open.close();
    },
    // One that cannot be opened now is tried again with the next run.
    () => {
      if (entry.opening === opening) entry.opening = null;
    },
  );
  return opening;
}

/** Closes the account that was used longest ago, where more are open than may be and one has nothing under way. */
function makeRoom<Open extends { readonly close: () => void }>(
  { entries }: Accounts<Open>,
  newest: Entry<Open>,
): void {
  const open = [...entries.values()].filter(({ opening }) => opening !== null);
  if (open.length <= MOST_OPEN) return;
  const idle = open.find((entry) => entry !== newest && entry.atWork === 0);
  if (idle !== undefined) shut(idle);
}

/** Looks for idle accounts as long as there are any. */
function sweepLater<Open extends { readonly close: () => void }>(accounts: Accounts<Open>): void {
  const { entries, clock } = accounts;
  accounts.forget ??= clock.after(IDLE_MS / 60, () => {
    accounts.forget = null;
    for (const [key, entry] of entries) {
      if (entry.atWork > 0 || clock.now() - entry.usedMs < IDLE_MS) continue;
      shut(entry);
      entries.delete(key);
    }
    if (entries.size > 0) sweepLater(accounts);
  });
}

function shut<Open extends { readonly close: () => void }>(entry: Entry<Open>): void {
  entry.open?.close();
  entry.open = null;
  entry.opening = null;
}
