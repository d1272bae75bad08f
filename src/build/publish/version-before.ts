import { compareVersions } from '../../formats/version-order.ts';
import type { TrustEditor } from '../../trust/metadata/open-trust.ts';

/** The greatest version of the system in `channel` that is below `version`: what devices of the channel would update from. Throws `channel-unknown`. */
export function versionBefore(
  trust: Pick<TrustEditor, 'releases'>,
  channel: string,
  { name, version }: { readonly name: string; readonly version: string },
): string | undefined {
  return trust
    .releases(channel)
    .filter((other) => other.name === name && compareVersions(other.version, version) < 0)
    .map((other) => other.version)
    .toSorted(compareVersions)
    .at(-1);
}
