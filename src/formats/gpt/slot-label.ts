/** What an unused slot is called (systemd-sysupdate's word for it). */
export const EMPTY_LABEL = '_empty';

/** The label of the two partitions of a slot that holds a release. */
export function slotLabel({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}_${version}`;
}

/** Name and version of the release that a label speaks of; undefined when it speaks of none. */
export function parseSlotLabel(label: string): { readonly name: string; readonly version: string } | undefined {
  const groups = /^(?<name>[^_]+)_(?<version>[^_]+)$/.exec(label)?.groups;
  const { name, version } = groups ?? {};
  return name === undefined || version === undefined ? undefined : { name, version };
}
