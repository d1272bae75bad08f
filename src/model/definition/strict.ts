import * as z from 'zod';
import { closest } from '../closest.ts';
import { explain, show } from './explain.ts';

/** Looking for what was meant costs time, and a file can hold any number of unknown keys. */
const MAX_HINTS = 20;

/**
 * An object with exactly the keys of `shape`: any other key is a complaint that names the key which was probably meant, since a
 * misspelt key that is ignored is a setting that silently does not apply.
 */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const unknown = issue.keys as string[];
      const hints = unknown.slice(0, MAX_HINTS).map((key) => {
        const meant = closest(key, known);
        return meant === undefined ? `the keys are: ${known.join(', ')}` : `did you mean ${show(meant)}?`;
      });
      // One complaint for all unknown keys, so one hint a line, in their order.
      return explain(`there are ${unknown.length} unknown keys here`, hints.join('\n'));
    },
  });
}
