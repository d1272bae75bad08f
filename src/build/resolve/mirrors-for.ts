import { AshlarError } from '../../model/error.ts';
import type { LockRequest } from '../../model/lock.ts';
import { findMirrors, type Mirrors } from './mirror.ts';
import { standardMirrors } from './standard-mirrors.ts';

/** `$ASHLAR_MIRROR`, else the host's own mirror, else the distribution's standard one. Throws `mirror-unreachable`. */
export async function mirrorsFor(request: LockRequest, signal?: AbortSignal): Promise<Mirrors> {
  const suite = request.suites[0]?.suite ?? '';
  const found = findMirrors(process.env) ?? (await standardMirrors(suite, signal));
  if (found !== undefined) return found;
  throw new AshlarError('mirror-unreachable', `No mirror is known for ${request.distribution} ${suite}.`, {
    hint: 'Name one: ASHLAR_MIRROR=http://…/debian',
  });
}
