import * as z from 'zod';
import { explain, show } from './explain.ts';

/** The name of a package (Debian Policy §5.6.1). No version: versions are the lock's matter. */
export const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, {
  error: (issue) => {
    const text = typeof issue.input === 'string' ? issue.input : '';
    return explain(
      `${show(issue.input)} is not the name of a package`,
      /[=/:]/.test(text)
        ? `write the name alone, "${text.split(/[=/:]/)[0]}": the lock holds the version`
        : 'use lower-case letters, digits, "+", "-" and "."',
    );
  },
});
