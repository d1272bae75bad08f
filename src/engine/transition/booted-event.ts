import type { EventOf } from '../event.ts';

/** A start of the machine, with its time. */
export type BootedEvent = EventOf<'booted'> & { readonly at: number };
