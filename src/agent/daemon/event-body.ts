import type { Event } from '../../engine/event.ts';

type WithoutTime<E> = E extends Event ? Omit<E, 'at'> : never;

/** What happens, before it has a time. */
export type EventBody = WithoutTime<Event>;
