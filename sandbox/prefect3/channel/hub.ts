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
  /** There may be messages for it. */
  readonly deliver: () => void;
}

/** All of them. */
export interface ChannelHub {
  /** @returns takes it out again */
  readonly add: (channel: OpenChannel) => () => void;
  readonly poolChanged: (poolId: string, reason: string) => void;
  /** Messages of a pool wait for a worker. @param poolId null: of any pool */
  readonly deliver: (poolId: string | null) => void;
}

/** None is open. */
export function makeChannelHub(): ChannelHub {
  const open = new Set<OpenChannel>();
  const each = (poolId: string | null, tell: (channel: OpenChannel) => void) =>
    [...open].filter((channel) => poolId === null || channel.poolId === poolId).forEach(tell);
  return {
    add: (channel) => {
      open.add(channel);
      return () => void open.delete(channel);
    },
    poolChanged: (poolId, reason) => each(poolId, (channel) => channel.poolChanged(reason)),
    deliver: (poolId) => each(poolId, (channel) => channel.deliver()),
  };
}
