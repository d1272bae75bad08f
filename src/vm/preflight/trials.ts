import type { Trial } from './trial.ts';
import { bootTrial } from './trials/boot.ts';
import { corruptedTrial } from './trials/corrupted.ts';
import { powerCutTrial } from './trials/power-cut.ts';
import { rollbackTrial } from './trials/rollback.ts';
import { unhealthyTrial } from './trials/unhealthy.ts';
import { updateTrial } from './trials/update.ts';

/** Every trial, in the order in which a person reads them. */
export const TRIALS: readonly Trial[] = [
  bootTrial,
  updateTrial,
  unhealthyTrial,
  corruptedTrial,
  powerCutTrial,
  rollbackTrial,
];
