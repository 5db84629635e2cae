/**
 * The worker channels that are open: who is told of edits of a pool, and who gets its cleanup messages.
 *
 * @module
 */

/** One open channel. */
export interface OpenChannel {
  readonly poolId: string;
  /** The pool was edited, or is gone. */
  readonly poolChanged: (reason: string) => void;
  /** Sends it one cleanup message, unless there is none or it takes no more. @param isOwn of its own queues only */
  readonly deliver: (isOwn: boolean) => boolean;
}

/** All of them. */
export interface ChannelHub {
  /** @returns takes it out again */
  readonly add: (channel: OpenChannel) => () => void;
  readonly poolChanged: (poolId: string, reason: string) => void;
  /** Sends out the messages that wait in a pool, to workers in turn. @param poolId null: of any pool */
  readonly deliver: (poolId: string | null) => void;
}

/** None is open. */
export function makeChannelHub(): ChannelHub {
  const open = new Set<OpenChannel>();
  const those = (poolId: string | null) =>
    [...open].filter((channel) => poolId === null || channel.poolId === poolId);
  const deliverOne = (poolId: string | null): boolean => {
    const channels = those(poolId);
    const taker = channels.find((one) => one.deliver(true)) ?? channels.find((one) => one.deliver(false));
    if (taker === undefined) return false;
    // The next message is another worker's first: so one that was given back goes to somebody else, if there is one.
    if (open.delete(taker)) open.add(taker);
    return true;
  };
  return {
    add: (channel) => {
      open.add(channel);
      return () => void open.delete(channel);
    },
    poolChanged: (poolId, reason) => those(poolId).forEach((channel) => channel.poolChanged(reason)),
    deliver: (poolId) => {
      while (deliverOne(poolId));
    },
  };
}
