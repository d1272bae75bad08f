import type { Surface } from '../surface/surface.ts';

/** What entered and left one part of the surface, each item as a line of text. */
export interface SurfaceChange {
  readonly part: keyof Surface;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How an item of each part reads; an item that changed is one removed and one added. */
const LINES: { readonly [Part in keyof Surface]: (item: Surface[Part][number]) => string | undefined } = {
  setuid: ({ path, mode, uid, gid }) => `${path} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`,
  capabilities: ({ path, capabilities }) => `${path} ${capabilities}`,
  units: ({ unit }) => unit,
  sockets: ({ unit, listens, started }) => (started ? `${unit} ${listens.join(' ')}` : undefined),
  shells: (path) => path,
  accounts: ({ name, uid, shell, groups, login }) =>
    `${name} ${uid} ${shell} [${groups.join(' ')}]${login ? ' can log in' : ''}`,
};

/** The parts of the surface that differ. Of sockets, only those that are open after boot count. */
export function surfaceChanges(before: Surface, after: Surface): SurfaceChange[] {
  const parts = Object.keys(LINES) as (keyof Surface)[];
  return parts.flatMap((part) => {
    const [old, now] = [linesOf(before, part), linesOf(after, part)];
    const added = [...now].filter((line) => !old.has(line));
    const removed = [...old].filter((line) => !now.has(line));
    return added.length + removed.length === 0 ? [] : [{ part, added, removed }];
  });
}

/** The lines of one part, for showing and for comparing. */
export function linesOf<Part extends keyof Surface>(surface: Surface, part: Part): Set<string> {
  const line = LINES[part] as (item: Surface[Part][number]) => string | undefined;
  return new Set([...surface[part]].flatMap((item) => line(item as Surface[Part][number]) ?? []));
}
