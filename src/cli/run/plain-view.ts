import type { Progress } from '../../model/progress.ts';
import type { Style } from '../style.ts';
import { describeEvent } from './describe-event.ts';
import type { RunView } from './run-view.ts';

/** Says each event in a line of its own: for logs and pipes. */
export function plainView(progress: Progress, style: Style): RunView {
  return {
    tell(event) {
      const text = describeEvent(event);
      if (text !== undefined) progress.note(`${style.dim(`${event.at.toFixed(1)} s`)} ${text}`);
    },
    attach: () => {},
    close: () => {},
  };
}
