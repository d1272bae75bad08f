import type { Check } from './check.ts';

/** Milliseconds in words, to the second. */
const inSeconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1000)}s`;

export const updateChecks: readonly Check[] = [
  {
    rule: 'probation-too-short',
    severity: 'error',
    run({ updates }, report) {
      if (updates === undefined) return;
      const { grace, duration, deadline } = updates.probation;
      if (grace + duration < deadline) return;
      report(
        ['updates', 'probation'],
        `no release can prove itself: ${inSeconds(grace)} of grace and ${inSeconds(duration)} in which all holds do not end before the deadline of ${inSeconds(deadline)}`,
        `make deadline longer than ${inSeconds(grace + duration)}`,
      );
    },
  },
  {
    rule: 'probation-misses-check',
    severity: 'error',
    run({ updates, healthChecks }, report) {
      if (updates === undefined) return;
      const { deadline } = updates.probation;
      for (const [name, { interval, timeout, successes }] of Object.entries(healthChecks)) {
        const least = (successes - 1) * interval;
        if (least + timeout < deadline) continue;
        report(
          ['healthChecks', name],
          `${successes} successes, one each ${inSeconds(interval)}, take longer than the deadline of a probation, ${inSeconds(deadline)}`,
          'make updates.probation.deadline longer, or ask for fewer successes',
        );
      }
    },
  },
  {
    rule: 'no-health-checks',
    severity: 'warning',
    run({ updates, healthChecks }, report) {
      if (updates === undefined || Object.keys(healthChecks).length > 0) return;
      report(
        ['updates'],
        'there are no health checks: a release that starts is kept, whatever it then does',
        'say in healthChecks what must work: a unit, a port, an HTTP request',
        'key',
      );
    },
  },
];
