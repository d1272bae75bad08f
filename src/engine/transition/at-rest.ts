import { startCheck } from './checking.ts';
import { goBack } from './go-back.ts';
import type { Row } from './rule.ts';

export const PROVEN: Row<'proven'> = {
  'check-started': startCheck(),
  'rollback-asked': { to: ['rolling-back'], step: (state, event) => goBack(state, event) },
};

export const REFUSED: Row<'refused'> = {
  'check-started': startCheck(),
  'rollback-asked': { to: ['rolling-back'], step: (state, event) => goBack(state, event) },
};
