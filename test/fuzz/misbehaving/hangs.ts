import type { FuzzTarget } from '../fuzz-target.ts';

/** A parser that goes round in circles. */
const target: FuzzTarget = {
  name: 'hangs',
  seeds: () => [Buffer.from('a valid input')],
  run(input) {
    while (input.toString('latin1', 0, 1) !== 'a');
  },
};

export default target;
