import { AshlarError } from '../../../../model/error.ts';

/** Where ids are taken from when nothing says which (login.defs(5), `SYS_UID_MAX`, `UID_MIN`): services down, people up. */
const SYSTEM_HIGHEST = 999;
const SYSTEM_LOWEST = 101;
const PEOPLE_LOWEST = 1000;
const PEOPLE_HIGHEST = 59_999;

/**
 * The lowest free id for a person, the highest free one for a service. `taken` are the ids in use, those that the lock keeps for
 * accounts that are not there now included: what they own in `/var` must not fall to another.
 */
export function freeId(taken: ReadonlySet<number>, system: boolean): number {
  if (system) {
    for (let id = SYSTEM_HIGHEST; id >= SYSTEM_LOWEST; id--) if (!taken.has(id)) return id;
  } else {
    for (let id = PEOPLE_LOWEST; id <= PEOPLE_HIGHEST; id++) if (!taken.has(id)) return id;
  }
  throw new AshlarError('definition-invalid', `No ${system ? 'system' : 'user'} id is free any more`, {
    hint: 'Give some users an explicit uid, or remove users.',
  });
}
