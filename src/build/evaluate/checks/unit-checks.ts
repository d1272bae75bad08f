import { show } from '../../../model/definition/explain.ts';
import type { Check } from './check.ts';
import { writtenIndex } from './package-checks.ts';

export const unitChecks: readonly Check[] = [
  {
    rule: 'unit-contradiction',
    severity: 'error',
    run({ units, services }, report, written) {
      for (const list of ['disable', 'mask'] as const) {
        for (const name of services[list]) {
          if (!services.enable.includes(name) && units[name]?.enable !== true) continue;
          report(
            ['services', list, writtenIndex(written, ['services', list], name)],
            `${show(name)} is enabled and in services.${list}`,
            'decide for one',
          );
        }
      }
      for (const [name, unit] of Object.entries(units)) {
        if (unit.mask && (unit.enable === true || services.enable.includes(name))) {
          report(['units', name, 'mask'], `${show(name)} is enabled and masked`, 'decide for one');
        } else if (unit.mask && unit.source !== undefined) {
          report(['units', name, 'mask'], `${show(name)} has content and is masked`, 'remove the content, or mask');
        } else if (unit.enable === false && services.enable.includes(name)) {
          report(['units', name, 'enable'], `${show(name)} is in services.enable`, 'decide for one');
        }
      }
    },
  },
  {
    rule: 'template-without-instance',
    severity: 'error',
    run({ services }, report, written) {
      for (const name of services.enable.filter((unit) => unit.includes('@.'))) {
        report(
          ['services', 'enable', writtenIndex(written, ['services', 'enable'], name)],
          `${show(name)} is a template`,
          `name an instance: "${name.replace('@.', '@name.')}"`,
        );
      }
    },
  },
  {
    rule: 'timer-without-service',
    severity: 'warning',
    run({ units }, report) {
      for (const [name, unit] of Object.entries(units)) {
        if (!name.endsWith('.timer') || unit.source?.kind !== 'bytes') continue;
        const service = name.replace(/timer$/, 'service');
        if (service in units || /^Unit=/m.test(unit.source.bytes.toString('utf8'))) continue;
        report(
          ['units', name],
          `${show(name)} starts ${show(service)}, which is not in units`,
          `define ${show(service)}, unless a package brings it`,
          'key',
        );
      }
    },
  },
];

/** A unit that is enabled but has no [Install] section is never started: systemctl(1), "enable". */
export function installProblem(name: string, text: string): { message: string; hint: string } | undefined {
  if (/^\[Install\]/m.test(text)) return undefined;
  return {
    message: `${show(name)} is enabled, but has no [Install] section, so nothing would start it`,
    hint: 'add [Install] with WantedBy=multi-user.target (timers.target for a timer, sockets.target for a socket)',
  };
}
