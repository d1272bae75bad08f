import type { FuzzTarget } from '../fuzz-target.ts';

const CLAIMED_BYTES = 600 * 1024 * 1024;

/** A parser that believes a size. */
const target: FuzzTarget = {
  name: 'grows',
  seeds: () => [Buffer.from('a valid input')],
  run(input) {
    if (input.toString('latin1', 0, 1) !== 'a') Buffer.alloc(CLAIMED_BYTES, 1);
  },
};

export default target;
