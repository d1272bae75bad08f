import { usingPath } from '../build/using-path.ts';
import { replaceFile } from '../store/replace-file.ts';
import type { TrustEditor } from '../trust/metadata/open-trust.ts';
import { proposalBytes } from '../trust/proposal/proposal.ts';

/** What came of a change of trust: it was published, or waits in a file for signatures. */
export interface Committed {
  /** Roles whose metadata was signed anew and published. */
  readonly signed: readonly string[];
  /** The file that waits for signatures. */
  readonly prepared?: string;
}

/** Publishes the changes of `trust`; with `file` (`--prepare`) writes there what others have to sign, and publishes nothing. `about` is what was asked for. */
export async function commitOrPrepare(trust: TrustEditor, file: string | undefined, about: string): Promise<Committed> {
  if (file === undefined) return { signed: await trust.commit() };
  const bytes = proposalBytes(await trust.prepare(about));
  usingPath(file, () => replaceFile(file, bytes));
  return { signed: [], prepared: file };
}

/** What to do next with a file that waits for signatures, for people. */
export function preparedText(file: string): string {
  return [
    `Nothing is published yet. Carry ${file} to who has the keys, for \`ashlar trust sign ${file} --root root.json --keys FOLDER\`;`,
    `  bring it back, then: \`ashlar trust apply <this folder> ${file}\`.`,
  ].join('\n');
}
