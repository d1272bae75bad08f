import type { Workshop } from '../build/workshop.ts';
import type { Measure } from '../measure.ts';
import { agentMemory } from './agent-memory.ts';
import { downtime } from './downtime.ts';
import { fallback } from './fallback.ts';
import { updateBytes } from './update-bytes.ts';

/** What `npm run bench -- update` measures, in the order of the report. */
export const UPDATE_MEASURES: readonly Measure<Workshop>[] = [updateBytes, downtime, fallback, agentMemory];
