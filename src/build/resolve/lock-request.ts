import { kernelPackage } from '../../model/definition/kernel.ts';
import type { LockRequest } from '../../model/lock.ts';
import { BASE_PACKAGES, type BasePackage, BOOT_PACKAGES, type LockedPart } from './base-packages.ts';

/** Suites that move all the time get their security updates by moving. */
const WITHOUT_SECURITY_SUITE = new Set(['sid', 'unstable', 'experimental']);

/** What a definition asks apt for: suites, and names of packages; sorted, nothing twice. */
export function lockRequest(definition: LockedPart): LockRequest {
  const { base, architecture } = definition;
  const security =
    base.security && !WITHOUT_SECURITY_SUITE.has(base.suite)
      ? [{ suite: `${base.suite}-security`, components: base.components }]
      : [];
  const names = (packages: readonly BasePackage[]): string[] =>
    packages.filter(({ when }) => when?.(definition) ?? true).map(({ name }) => name);
  return {
    distribution: base.distribution,
    architecture,
    suites: [{ suite: base.suite, components: base.components }, ...security, ...base.suites].map(
      ({ suite, components }) => ({ suite, components: sorted(components) }),
    ),
    install: sorted([...names(BASE_PACKAGES), kernelPackage(definition.kernel, architecture), ...definition.packages]),
    boot: sorted(names(BOOT_PACKAGES)),
    exclude: sorted(definition.exclude),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
