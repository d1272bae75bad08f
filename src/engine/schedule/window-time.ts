import type { MaintenanceWindow } from '../../model/update-config.ts';
import { WEEKDAYS } from '../../model/weekday.ts';

const DAY_MILLISECONDS = 86_400_000;
const WEEK_DAYS = 7;

/** Where a moment lies with regard to windows. */
export type WindowTime =
  | { readonly kind: 'open'; readonly until: number }
  /** `opens` is undefined only when no window ever opens. */
  | { readonly kind: 'closed'; readonly opens?: number | undefined };

/**
 * Whether one of the windows is open at `now` (milliseconds since 1970). A window opens at its time of day as clocks in its zone show it, and
 * lasts for its length as a stop-watch measures it, so a change of clocks in between neither shortens nor lengthens it. A time of day that is
 * skipped opens as much later as was skipped; one that comes twice opens the first time.
 */
export function windowTime(windows: readonly MaintenanceWindow[], now: number): WindowTime {
  const openings = windows.flatMap((window) => openingsAround(window, now));
  const open = openings.filter(({ from, until }) => from <= now && now < until);
  if (open.length > 0) return { kind: 'open', until: Math.max(...open.map(({ until }) => until)) };
  const next = openings.filter(({ from }) => from > now).map(({ from }) => from);
  return { kind: 'closed', opens: next.length === 0 ? undefined : Math.min(...next) };
}

interface Opening {
  readonly from: number;
  readonly until: number;
}

/** The openings that can be open at `now`, and the next one. A window longer than a week is always open: one week back is far enough. */
function openingsAround({ days, start, lengthSeconds, timeZone }: MaintenanceWindow, now: number): Opening[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  const length = Math.min(lengthSeconds * 1000, WEEK_DAYS * DAY_MILLISECONDS);
  const back = Math.ceil(length / DAY_MILLISECONDS) + 1;
  return Array.from({ length: back + WEEK_DAYS + 2 }, (_, index) => today.add({ days: index - back })).flatMap(
    (date) => {
      const weekday = WEEKDAYS[date.dayOfWeek - 1];
      if (weekday === undefined || !days.includes(weekday)) return [];
      const plainTime = Temporal.PlainTime.from(start);
      const from = date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
      return [{ from, until: from + length }];
    },
  );
}
