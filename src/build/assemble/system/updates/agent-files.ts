import type { FileContent } from '../../../../model/tree.ts';

/** What of the agent is not text of the build's own. */
export interface AgentFiles {
  /** Node's executable. */
  readonly node: FileContent;
  /** Names of the shared libraries that it needs. */
  readonly libraries: readonly string[];
  /** The agent as one ES module. */
  readonly bundle: Buffer;
  /** systemd-bless-boot(8). */
  readonly bless: Buffer;
}
