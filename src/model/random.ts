/** Numbers that look random and follow from a seed alone: what one run finds, another finds again. */
export interface Random {
  /** An integer from 0 up to, not including, `below` (at most 2^32). */
  below(below: number): number;
  /** One of the elements. */
  pick<Element>(elements: readonly Element[]): Element;
  /** True `times` in `of` cases. */
  chance(times: number, of: number): boolean;
}

/** splitmix32 (the finaliser of MurmurHash3 over a counter): small, fast, and good enough to spread mutations and power cuts. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    pick: (elements) => elements[below(elements.length)]!,
    chance: (times, of) => below(of) < times,
  };
}
