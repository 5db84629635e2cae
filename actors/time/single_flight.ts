/**
 * Two ways in which callers wait for each other: they share the same work, or they run one after another.
 *
 * @module
 */

/** Work that several callers wait for. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

/** Work that all callers share who ask for it while it runs. */
export interface SingleFlight<T> {
  /** Runs `work` for a key unless it is already running for that key; all callers get the same result. */
  readonly share: (
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T>;
}

/**
 * Work is aborted only when all who wait for it have given up.
 *
 * @returns rejects with the signal's reason for the caller that gave up
 */
export function makeSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  return {
    share: (key, signal, work) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      const flight = flights.get(key) ?? takeOff(flights, key, work);
      flight.waiting++;
      return waitFor(flight, signal, () => flights.get(key) === flight && flights.delete(key));
    },
  };
}

function takeOff<T>(
  flights: Map<string, Flight<T>>,
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
): Flight<T> {
  const abort = new AbortController();
  const flight: Flight<T> = {
    abort,
    waiting: 0,
    result: work(abort.signal).finally(() => flights.get(key) === flight && flights.delete(key)),
  };
  flights.set(key, flight);
  return flight;
}

function waitFor<T>(flight: Flight<T>, signal: AbortSignal, forget: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(signal.reason);
      if (--flight.waiting > 0) return;
      forget();
      flight.abort.abort(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const stay = () => signal.removeEventListener("abort", giveUp);
    flight.result.then((value) => (stay(), resolve(value)), (error) => (stay(), reject(error)));
  });
}

/** Runs `work` when all earlier work of the same key has ended, well or not. */
export type Turns = <T>(key: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** Callers of one key run one after another, in the order of their calls; a caller that gave up meanwhile is skipped. */
export function makeTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return (key, signal, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(() => {
      signal.throwIfAborted();
      return work();
    });
    const ended = turn.then(() => {}, () => {}).then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
    last.set(key, ended);
    return turn;
  };
}
