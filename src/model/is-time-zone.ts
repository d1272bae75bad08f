/** As names of the tz database are written. Offsets (`+02:00`), which `Intl` would take too, are no time zones. */
const FORM = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

/** Whether the tz database has a time zone of that name. */
export function isTimeZone(name: string): boolean {
  if (!FORM.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
