/**
 * ECS in several accounts: each run is launched, followed and stopped with the credentials of its plan. An account is opened
 * when a plan first names it; equal accounts share clients, limits and definitions.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform, TaskPlace, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import type { AccountPlan } from "../../schemas/ecs/account/account_plan.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import type { ReadSource, Source } from "../../schemas/plan/source.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { makeTroubleReport, type TroubleReport } from "../time/trouble_report.ts";
import { makeOpenedAccounts, type OpenedAccounts } from "./opened_accounts.ts";

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
  readonly clock: Clock;
  readonly log: Log;
}

/** All accounts as one. */
export interface Accounts extends OpenAccount {
  /** Accounts that are open, besides the agent's own. */
  readonly count: () => number;
}

const NOT_NAMED = "The AWS account of this task is not known before its flow run is planned again";

/** Member of a place's detail that names the account. */
const ACCOUNT = "account";

/** Only the agent's own account is open. */
export function makeAccounts(deps: AccountsDeps): Accounts {
  const opened = makeOpenedAccounts(deps);
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

type Opened = OpenedAccounts<OpenAccount>;

/** Says whose credentials they are that do not work. */
async function ofAccount<T>(
  account: AccountPlan,
  opened: Opened,
  work: (open: OpenAccount) => Promise<T>,
): Promise<T> {
  try {
    return await opened.during(account, work);
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

function following(deps: AccountsDeps, opened: Opened): Following {
  const { own } = deps;
  const through = async <T>(
    place: TaskPlace,
    work: (platform: Platform<LaunchPlan>) => Promise<T>,
  ): Promise<T> => {
    const key = keyIn(place);
    if (key === null) return await work(own.platform);
    const account = opened.known(key);
    if (account === null) throw new FailureError({ tag: "unavailable", status: 0, message: NOT_NAMED });
    return await ofAccount(account, opened, ({ platform }) => work(platform));
  };
  const troubles = makeTroubles(deps, opened);
  return {
    place: (plan, runId) => {
      const place = own.platform.place(plan, runId);
      const key = plan?.account?.key;
      if (key === undefined || !isJsonObject(place.detail)) return place;
      if (plan?.account) opened.name(plan.account);
      return { ...place, detail: { ...place.detail, [ACCOUNT]: key } };
    },
    zone: (tasks) => {
      const key = keyIn(tasks.place);
      const zone = own.platform.zone(tasks);
      return key === null ? zone : `${zone} in the account ${key.slice(0, 8)}`.trimStart();
    },
    look: async (tasks, signal) => {
      const groups = [...byAccount(tasks)];
      const seen = await Promise.all(groups.map(async ([key, some]) => {
        const place = some[0]?.place;
        if (place === undefined) return NOTHING;
        try {
          const sights = await through(place, (platform) => platform.look(some, signal));
          troubles(key).over();
          return sights;
        } catch (thrown) {
          signal.throwIfAborted();
          troubles(key).failed(toFailure(thrown));
          return NOTHING;
        }
      }));
      return seen.length === 1 ? seen[0] ?? NOTHING : new Map(seen.flatMap((one) => [...one]));
    },
    list: (tasks, signal) => through(tasks.place, (platform) => platform.list(tasks, signal)),
    stop: (task, why, signal) => through(task.place, (platform) => platform.stop(task, why, signal)),
    log: (task, signal) => through(task.place, (platform) => platform.log(task, signal)),
  };
}

const NOTHING: ReadonlyMap<string, TaskSight> = new Map();

/** The reports of accounts whose tasks cannot be looked at, by key. */
function makeTroubles({ clock, log }: AccountsDeps, opened: Opened): (key: string | null) => TroubleReport {
  const reports = new Map<string | null, TroubleReport>();
  return (key) => {
    const from = key === null ? "the worker's own" : opened.known(key)?.from ?? "one that no plan names now";
    const what = `look at the tasks of an AWS account (${from})`;
    const made = reports.get(key) ?? makeTroubleReport({ clock, log, what, advice: ADVICE });
    return {
      over: () => void reports.delete(key),
      failed: (failure) => {
        reports.set(key, made);
        made.failed(failure);
      },
    };
  };
}

const ADVICE = "they are kept and looked at again, those of other accounts are looked at as ever. " +
  "Check its credentials, its region and its endpoint";

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
