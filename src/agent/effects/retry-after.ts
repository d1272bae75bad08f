import { RepositoryUnreachable } from '../../store/transport/repository-unreachable.ts';

/** For how long a server that failed wants to be left alone (RFC 9110, 10.2.3), in seconds; 0 when it did not say. */
export function retryAfterSeconds(error: unknown): number {
  return error instanceof RepositoryUnreachable && error.retry.kind === 'after' ? error.retry.seconds : 0;
}
