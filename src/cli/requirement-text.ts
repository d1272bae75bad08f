import type { PreflightRequirement } from '../model/preflight-requirement.ts';

const TEXTS: Readonly<Record<PreflightRequirement, string>> = {
  required: 'preflight required',
  boot: 'of preflight `boot` required',
  'not-required': 'preflight not required',
};

/** What a channel asks for, for a person. */
export function requirementText(requirement: PreflightRequirement): string {
  return TEXTS[requirement];
}
