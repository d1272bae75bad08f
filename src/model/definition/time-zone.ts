import * as z from 'zod';
import { closest } from '../closest.ts';
import { isTimeZone } from '../is-time-zone.ts';
import { explain, show } from './explain.ts';

function hintFor(name: unknown): string {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const meant = typeof name === 'string' ? closest(name.replaceAll(' ', '_'), known) : undefined;
  return meant === undefined ? 'write "UTC" or "Area/City": "Europe/Berlin"' : `did you mean ${show(meant)}?`;
}

/** A time zone of the tz database, by its name there. */
export const timeZone = z.string().refine(isTimeZone, {
  error: (issue) => explain(`there is no time zone ${show(issue.input)}`, hintFor(issue.input)),
});
