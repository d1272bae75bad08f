import { accountChecks } from './account-checks.ts';
import type { Check } from './check.ts';
import { localeCheck, notYetChecks, versionChecks } from './identity-checks.ts';
import { packageChecks } from './package-checks.ts';
import { pathChecks } from './path-checks.ts';
import { unitChecks } from './unit-checks.ts';
import { updateChecks } from './update-checks.ts';

/** Every check of meaning, in the order in which their findings are most useful when nothing else orders them. */
export const CHECKS: readonly Check[] = [
  ...versionChecks,
  ...packageChecks,
  ...pathChecks,
  ...unitChecks,
  ...accountChecks,
  ...updateChecks,
  localeCheck,
  ...notYetChecks,
];
