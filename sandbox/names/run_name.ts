/**
 * Names for flow runs that nobody named.
 *
 * @module
 */

const KINDS =
  "amber brisk calm coral dusky early faint gentle hazel ivory jolly keen lucid mellow noble opal plain quiet russet silver tidal upbeat vivid warm"
    .split(" ");
const ANIMALS =
  "adder badger crane dingo egret finch gecko heron ibis jackal kestrel lynx moth newt otter plover quail raven stoat tapir urchin viper wren yak"
    .split(" ");

/** A name of two words such as `calm-heron`; not unique. */
export function runName(random: () => number): string {
  return `${oneOf(KINDS, random)}-${oneOf(ANIMALS, random)}`;
}

function oneOf(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? "run";
}
