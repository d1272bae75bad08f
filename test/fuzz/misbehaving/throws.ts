import type { FuzzTarget } from '../fuzz-target.ts';

/** A parser that reads where nothing is. */
const target: FuzzTarget = {
  name: 'throws',
  seeds: () => [Buffer.from('a valid input')],
  run(input) {
    if (input.toString('latin1', 0, 1) !== 'a') input.readUInt32LE(input.length);
  },
};

export default target;
