import { AshlarError } from '../../model/error.ts';
import type { Delegation, Target, TargetsRole } from '../metadata/metadata-schema.ts';
import type { Authority } from '../metadata/verify-metadata.ts';
import { MAX_VISITED_ROLES } from './limits.ts';
import { isDelegated } from './path-pattern.ts';

/** Gives the verified metadata of the role `name`, which `authority` may sign. */
export type LoadRole = (name: string, authority: Authority) => Promise<TargetsRole>;

/** A role to begin a search with: the top-level targets, or a channel. */
export interface RoleRef {
  readonly name: string;
  readonly authority: Authority;
}

/**
 * What the roles from `start` on say of the target `path` (TUF 5.6.7): a pre-order depth-first search that goes only where all delegations on the way cover the
 * path, in the order in which they are listed, and no further than a terminating one. Undefined when no role has it. Throws what `load` throws: a role that
 * cannot be verified ends the search, because a later one has less say.
 */
export async function findTarget(load: LoadRole, start: RoleRef, path: string): Promise<Target | undefined> {
  const visited = new Set<string>();
  const waiting: RoleRef[] = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    // 5.6.7.1
    if (visited.has(next.name)) continue;
    if (visited.size >= MAX_VISITED_ROLES) return undefined;
    visited.add(next.name);
    const role = await load(next.name, next.authority);
    if (Object.hasOwn(role.targets, path)) return role.targets[path];
    // 5.6.7.2
    const { followed, terminated } = delegationsFor(role, path);
    if (terminated) waiting.length = 0;
    waiting.push(...followed.map((delegation) => roleRef(role, delegation)).reverse());
  }
  return undefined;
}

/** The role that `delegator` hands `delegation` to. */
export function roleRef(delegator: TargetsRole, delegation: Delegation): RoleRef {
  return {
    name: delegation.name,
    authority: { role: delegation, keys: delegator.delegations?.keys ?? {} },
  };
}

/** The paths that `start` and the roles below it list, whether a search would find them or not. Throws what `load` throws. */
export async function listTargets(load: LoadRole, start: RoleRef): Promise<Set<string>> {
  const paths = new Set<string>();
  const visited = new Set<string>();
  const waiting: RoleRef[] = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (visited.has(next.name)) continue;
    if (visited.size >= MAX_VISITED_ROLES) throw tooManyRoles(start.name);
    visited.add(next.name);
    const role = await load(next.name, next.authority);
    for (const path of Object.keys(role.targets)) paths.add(path);
    for (const delegation of role.delegations?.roles ?? []) waiting.push(roleRef(role, delegation));
  }
  return paths;
}

function delegationsFor(role: TargetsRole, path: string): { followed: Delegation[]; terminated: boolean } {
  const followed: Delegation[] = [];
  for (const delegation of role.delegations?.roles ?? []) {
    if (!isDelegated(path, delegation)) continue;
    followed.push(delegation);
    if (delegation.terminating) return { followed, terminated: true };
  }
  return { followed, terminated: false };
}

function tooManyRoles(name: string): AshlarError {
  return new AshlarError('metadata-invalid', `The role ${name} delegates to more than ${MAX_VISITED_ROLES} others.`, {
    hint: 'Somebody may be tampering with the repository; tell who publishes it.',
  });
}
