import { readFileSync } from 'node:fs';
import { neededLibraries } from '../../../src/formats/elf/needed-libraries.ts';
import { stripElf } from '../../../src/formats/elf/strip-elf.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A program that every Debian has. */
const PROGRAM = '/bin/true';

/** A program of a package: which libraries it needs, and what is left of it without its symbols. */
const target: FuzzTarget = {
  name: 'elf',
  seeds: () => [readFileSync(PROGRAM)],
  run(input) {
    neededLibraries(input);
    if (stripElf(input).length > input.length) throw new Error('it has grown');
  },
};

export default target;
