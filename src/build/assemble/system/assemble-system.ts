import type { Definition } from '../../../model/definition/definition.ts';
import { NO_IDS, type PinnedIds } from '../../../model/lock.ts';
import type { DirectoryNode } from '../../../model/tree.ts';
import type { ReadContent } from '../../../store/read-content.ts';
import { readSurface } from '../../surface/read-surface.ts';
import type { Surface } from '../../surface/surface.ts';
import { rootFilesForBoot } from '../boot/root-files.ts';
import { readAccounts, writeAccounts } from './accounts/account-database.ts';
import { applyDefinitionAccounts, idsToPin } from './accounts/definition-accounts.ts';
import { applySysusers, sysusersTexts } from './accounts/sysusers.ts';
import { writeConsole } from './console.ts';
import { copyTree } from './copy-tree.ts';
import { writeDefinitionContent, writeDefinitionLinks } from './definition-content.ts';
import { moveVarToFactory } from './factory.ts';
import { writeFailedStart } from './failed-start.ts';
import { type ReleaseIdentity, writeIdentity } from './identity.ts';
import { writeJournal } from './journal.ts';
import { layFolders } from './layout.ts';
import { leaveOut } from './leave-out/leave-out.ts';
import type { LeftOut } from './leave-out/leave-out-rule.ts';
import { writeNetwork } from './network.ts';
import { type StrippedProgram, stripPrivileges } from './privileges.ts';
import { writeSsh } from './ssh.ts';
import { writeStatus } from './status.ts';
import { TreeEditor } from './tree-editor.ts';
import { enableUnits } from './units/enable-units.ts';
import type { AgentFiles } from './updates/agent-files.ts';
import { writeUpdates } from './updates/write-updates.ts';
import { writeVarMount } from './var-mount.ts';

export interface SystemOptions {
  readonly release: ReleaseIdentity;
  /** Seconds since 1970: the time of what the build writes, and the latest time in the image. */
  readonly epoch: bigint;
  /** Gives the bytes of the composed tree's files. */
  readonly read: ReadContent;
  /** What a definition with `updates` needs beside its packages. */
  readonly agent?: AgentFiles | undefined;
  /** Ids that the lock keeps for users and groups. */
  readonly ids?: PinnedIds;
}

/** The root file system of the running system. */
export interface SystemTree {
  readonly root: DirectoryNode;
  /** What the lock is to pin from now on. */
  readonly ids: PinnedIds;
  readonly report: SystemReport;
}

export interface SystemReport {
  readonly leftOut: readonly LeftOut[];
  readonly stripped: readonly StrippedProgram[];
  readonly surface: Surface;
}

/**
 * Lays `definition` over the composed tree `composed`, which stays as it is, and makes of both the root of an immutable system:
 * nothing in it that it cannot use, accounts and enabled units decided, `/var` empty with its first content written down. The
 * same inputs give the same tree.
 *
 * Throws `definition-invalid`, `path-conflict` and `unit-unknown` for what only shows once definition and packages meet.
 */
export function assembleSystem(composed: DirectoryNode, definition: Definition, options: SystemOptions): SystemTree {
  const { epoch, read, release, agent, ids = NO_IDS } = options;
  const original = new TreeEditor(composed, epoch, read);
  const tree = new TreeEditor(copyTree(composed, epoch), epoch, read);

  const accounts = readAccounts(original);
  applySysusers(sysusersTexts(original, definition), accounts, ids);
  applyDefinitionAccounts(accounts, definition, ids);

  const leftOut = leaveOut(tree, original, definition);
  layFolders(tree);
  writeAccounts(tree, accounts);
  writeIdentity(tree, definition, release);
  for (const [path, text] of rootFilesForBoot(definition)) tree.writeFile(`/${path}`, text);
  writeJournal(tree);
  writeFailedStart(tree);
  writeVarMount(tree);
  const ownUnits = [
    ...writeNetwork(tree, definition),
    ...writeSsh(tree, definition),
    ...writeConsole(tree, definition),
    ...writeStatus(tree),
    ...writeUpdates(tree, definition, { epoch, agent }),
  ];
  writeDefinitionContent(tree, definition, accounts);
  enableUnits(tree, definition, ownUnits);
  writeDefinitionLinks(tree, definition);
  const stripped = stripPrivileges(tree, definition.surface.setuid);
  moveVarToFactory(tree);

  return {
    root: tree.root,
    ids: idsToPin(accounts, ids),
    report: { leftOut, stripped, surface: readSurface(tree.root, read) },
  };
}
