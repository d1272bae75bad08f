import * as z from 'zod';
import { closest } from '../closest.ts';
import { explain, show } from './explain.ts';

const FORM = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

function isTimeZone(name: string): boolean {
  if (!FORM.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function hintFor(name: unknown): string {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const meant = typeof name === 'string' ? closest(name.replaceAll(' ', '_'), known) : undefined;
  return meant === undefined ? 'write "UTC" or "Area/City": "Europe/Berlin"' : `did you mean ${show(meant)}?`;
}

/** A time zone of the tz database, by its name there. */
export const timeZone = z.string().refine(isTimeZone, {
  error: (issue) => explain(`there is no time zone ${show(issue.input)}`, hintFor(issue.input)),
});
