/** A unit's name taken apart (systemd.unit(5)): `getty@tty1.service` is prefix `getty`, instance `tty1`, type `service`. */
export interface UnitName {
  readonly kind: 'plain' | 'template' | 'instance';
  readonly prefix: string;
  /** Empty for templates, undefined for plain units. */
  readonly instance: string | undefined;
  readonly type: string;
}

/** systemd's `UNIT_NAME_MAX`, without the closing NUL. */
const MAX_UNIT_NAME = 255;
const NAME =
  /^([A-Za-z0-9:_.\\-]+)(?:@([A-Za-z0-9:_.\\@-]*))?\.(service|socket|timer|path|mount|automount|swap|target|slice|scope|device)$/;

/** The parts of `name`, or undefined when no unit can be called so. */
export function parseUnitName(name: string): UnitName | undefined {
  const [, prefix, instance, type] = name.length > MAX_UNIT_NAME ? [] : (NAME.exec(name) ?? []);
  if (prefix === undefined || type === undefined) return undefined;
  return { kind: instance === undefined ? 'plain' : instance === '' ? 'template' : 'instance', prefix, instance, type };
}

/** The template that `name` is an instance of: `getty@.service` for `getty@tty1.service`; undefined for others. */
export function templateOf(name: string): string | undefined {
  const parts = parseUnitName(name);
  return parts?.kind === 'instance' ? `${parts.prefix}@.${parts.type}` : undefined;
}

/** The template or instance `name` with the instance `instance`. */
export function withInstance(name: string, instance: string): string {
  const parts = parseUnitName(name);
  return parts === undefined || parts.kind === 'plain' ? name : `${parts.prefix}@${instance}.${parts.type}`;
}
