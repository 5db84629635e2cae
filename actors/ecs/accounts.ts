/**
 * ECS in several accounts: each run is launched, followed and stopped with the credentials of its plan. An account is opened
 * when a plan first names it; equal accounts share clients, limits and definitions.
 *
 * @module
 */

import type { Platform, TaskPlace, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import type { AccountPlan } from "../../schemas/ecs/account/account_plan.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import type { ReadSource, Source } from "../../schemas/plan/source.ts";

/** One opened account. */
export interface OpenAccount {
  readonly platform: Platform<LaunchPlan>;
  readonly read: ReadSource;
  readonly close: () => void;
}

/** What is needed. */
export interface AccountsDeps {
  /** The agent's own account. */
  readonly own: Omit<OpenAccount, "close">;
  /** Opens another. @throws {FailureError} `credentials` and `configuration` */
  readonly open: (account: AccountPlan) => Promise<OpenAccount>;
}

/** All accounts as one. */
export interface Accounts extends OpenAccount {
  /** Accounts that are open, besides the agent's own. */
  readonly count: () => number;
}

/** Accounts that are open at a time; beyond it the one that was used longest ago is opened again when it is needed. */
const MOST_OPEN = 100;

const NOT_NAMED = "The AWS account of this task is not known before its flow run is planned again";

/** Member of a place's detail that names the account. */
const ACCOUNT = "account";

/** Only the agent's own account is open. */
export function makeAccounts(deps: AccountsDeps): Accounts {
  const opened = makeOpened(deps);
  return {
    platform: { ...deps.own.platform, ...launching(deps, opened), ...following(deps, opened) },
    read: async (source, signal) => {
      const account = accountOf(source);
      if (account === null) return await deps.own.read(source, signal);
      return await ofAccount(account, opened, ({ read }) => read(source, signal));
    },
    count: opened.count,
    close: opened.close,
  };
}

interface Opened {
  readonly get: (account: AccountPlan) => Promise<OpenAccount>;
  /** One that a plan has named; null: none has. */
  readonly known: (key: string) => Promise<OpenAccount> | null;
  /** A plan names it: its tasks may be followed before anything is launched there. */
  readonly named: (account: AccountPlan) => void;
  readonly all: () => readonly OpenAccount[];
  readonly count: () => number;
  readonly close: () => void;
}

function makeOpened({ open }: AccountsDeps): Opened {
  const opening = new Map<string, Promise<OpenAccount>>();
  const ready = new Map<string, OpenAccount>();
  const named = new Map<string, AccountPlan>();
  const drop = (key: string): void => {
    opening.delete(key);
    ready.get(key)?.close();
    ready.delete(key);
  };
  const get: Opened["get"] = (account) => {
    const { key } = account;
    const known = opening.get(key);
    opening.delete(key);
    const one = known ?? open(account);
    opening.set(key, one);
    if (known !== undefined) return one;
    const [oldest] = opening.keys();
    if (opening.size > MOST_OPEN && oldest !== undefined) drop(oldest);
    // One that cannot be opened now is tried again with the next run.
    one.then(
      (account) => opening.get(key) === one ? ready.set(key, account) : account.close(),
      () => opening.delete(key),
    );
    return one;
  };
  return {
    get,
    named: (account) => void named.set(account.key, account),
    known: (key) => {
      const account = named.get(key);
      return account === undefined ? opening.get(key) ?? null : get(account);
    },
    all: () => [...ready.values()],
    count: () => opening.size,
    close: () => [...opening.keys()].forEach(drop),
  };
}

/** Says whose credentials they are that do not work. */
async function ofAccount<T>(
  account: AccountPlan,
  opened: Opened,
  work: (open: OpenAccount) => Promise<T>,
): Promise<T> {
  try {
    return await work(await opened.get(account));
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag !== "credentials") throw thrown;
    const message = `Cannot use the AWS credentials of ${account.from}: ${failure.message}. ` +
      "Leave them out to use the worker's own, such as its task role";
    throw new FailureError({ tag: "credentials", message }, { cause: thrown });
  }
}

type Launching = Pick<Platform<LaunchPlan>, "ensure" | "release" | "decided" | "left" | "run" | "waitsFor">;

function launching({ own }: AccountsDeps, opened: Opened): Launching {
  const through = <T>(plan: LaunchPlan, work: (platform: Platform<LaunchPlan>) => Promise<T>): Promise<T> => {
    const account = plan.account ?? null;
    return account === null
      ? work(own.platform)
      : ofAccount(account, opened, ({ platform }) => work(platform));
  };
  const platforms = () => [own.platform, ...opened.all().map(({ platform }) => platform)];
  return {
    ensure: (request, signal) => through(request.plan, (platform) => platform.ensure(request, signal)),
    release: (request, signal) => through(request.plan, (platform) => platform.release(request, signal)),
    run: (request, signal) => through(request.plan, (platform) => platform.run(request, signal)),
    decided: (request) => {
      through(request.plan, (platform) => Promise.resolve(platform.decided(request))).catch(() => undefined);
    },
    left: (runId, isBack) => platforms().forEach((platform) => platform.left(runId, isBack)),
    waitsFor: (runId) =>
      platforms().map((platform) => platform.waitsFor(runId)).find((it) => it !== null) ?? null,
  };
}

type Following = Pick<Platform<LaunchPlan>, "place" | "zone" | "look" | "list" | "stop" | "log">;

function following({ own }: AccountsDeps, opened: Opened): Following {
  const through = async <T>(
    place: TaskPlace,
    work: (platform: Platform<LaunchPlan>) => Promise<T>,
  ): Promise<T> => {
    const key = keyIn(place);
    if (key === null) return await work(own.platform);
    const open = await opened.known(key);
    if (open === null) throw new FailureError({ tag: "unavailable", status: 0, message: NOT_NAMED });
    return await work(open.platform);
  };
  return {
    place: (plan, runId) => {
      const place = own.platform.place(plan, runId);
      const key = plan?.account?.key;
      if (key === undefined || !isJsonObject(place.detail)) return place;
      if (plan?.account) opened.named(plan.account);
      return { ...place, detail: { ...place.detail, [ACCOUNT]: key } };
    },
    zone: (tasks) => {
      const key = keyIn(tasks.place);
      const zone = own.platform.zone(tasks);
      return key === null ? zone : `${zone} in the account ${key.slice(0, 8)}`.trimStart();
    },
    look: async (tasks, signal) => {
      const groups = [...byAccount(tasks).values()];
      const seen = await Promise.all(groups.map((some) => {
        const [first] = some;
        return first === undefined
          ? new Map<string, TaskSight>()
          : through(first.place, (platform) => platform.look(some, signal));
      }));
      return seen.length === 1 ? seen[0] ?? new Map() : new Map(seen.flatMap((one) => [...one]));
    },
    list: (tasks, signal) => through(tasks.place, (platform) => platform.list(tasks, signal)),
    stop: (task, why, signal) => through(task.place, (platform) => platform.stop(task, why, signal)),
    log: (task, signal) => through(task.place, (platform) => platform.log(task, signal)),
  };
}

function byAccount(tasks: readonly TaskRef[]): ReadonlyMap<string | null, readonly TaskRef[]> {
  const groups = new Map<string | null, TaskRef[]>();
  for (const task of tasks) {
    const key = keyIn(task.place);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return groups;
}

function keyIn({ detail }: TaskPlace): string | null {
  const key = isJsonObject(detail) ? detail[ACCOUNT] : null;
  return typeof key === "string" ? key : null;
}

/** Account of a source that is read in one. */
function accountOf(source: Source & { readonly account?: AccountPlan | null }): AccountPlan | null {
  return source.account ?? null;
}
