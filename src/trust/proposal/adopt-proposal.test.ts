import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemFiles } from '../../store/transport/directory/system-files.ts';
import { memoryTrustStore } from '../client/trust-store.ts';
import {
  cutAfter,
  device,
  edit,
  freshKeys,
  NOW,
  type Publisher,
  publisher,
  release,
} from '../metadata/publisher.fixture.ts';
import { type Proposal, parseProposal, proposalBytes } from './proposal.ts';
import { signProposal } from './sign-proposal.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ashlar-proposal-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A repository with a release in `stable`, and the change of all keys of root and targets that waits in a file. */
async function scene(): Promise<{ own: Publisher; proposal: Proposal; online: Publisher['keys'] }> {
  const own = await publisher(systemFiles(mkdtempSync(join(scratch, 'repository-'))));
  await edit(own, async (trust) => {
    trust.addRelease('stable', release('1'));
    await trust.commit();
  });
  const fresh = freshKeys(own);
  const online = { ...own.keys, root: [], targets: [] };
  const prepared = await edit(
    own,
    async (trust) => {
      for (const role of ['root', 'targets'] as const) {
        trust.changeKeys(role, { add: fresh[role].map(({ key }) => key), remove: own.keys[role].map(({ id }) => id) });
      }
      trust.setFloor('web', '1');
      return trust.prepare('all offline keys anew');
    },
    { signers: Object.values(online).flat() },
  );
  // Over a stick, to each of the people and back.
  let proposal = parseProposal(proposalBytes(prepared));
  for (const signers of [own.keys.root, own.keys.targets, fresh.root, fresh.targets]) {
    const signed = await signProposal(proposal, own.root, signers);
    assert.ok(signed.added > 0);
    proposal = parseProposal(proposalBytes(signed.proposal));
  }
  return { own, proposal, online };
}

const applyWith = (own: Publisher, proposal: Proposal, options: object): Promise<string[]> =>
  edit(
    own,
    async (trust) => {
      trust.adopt(proposal);
      return trust.commit();
    },
    options,
  );

describe('a change that others have signed', () => {
  it('is published by the online keys alone, wherever it was cut off before; devices never notice', async () => {
    let cuts = 0;
    for (let isCut = true; isCut; cuts += 1) {
      const { own, proposal, online } = await scene();
      const signers = Object.values(online).flat();
      const store = memoryTrustStore();
      await device(own, store);
      const writer = cutAfter(own.writer, cuts);
      const first = await applyWith(own, proposal, { signers, writer }).catch((error: Error) => error);
      isCut = first instanceof Error;
      if (first instanceof Error) assert.match(first.message, /power cut/);
      await device(own, store);
      const second = await applyWith(own, proposal, { signers });
      assert.equal(second.length === 0, !isCut);
      const { versions, floor, releases } = await device(own, store);
      assert.deepEqual([versions['root'], floor('web'), releases.length], [2, '1', 1], `cut after ${cuts} steps`);
    }
    // Targets, snapshot, timestamp, root; and the attempt that was not cut.
    assert.equal(cuts, 5);
  });

  it('that has expired on the way is not published', async () => {
    const { own, proposal, online } = await scene();
    const later = new Date(NOW.getTime() + 400 * 86_400_000);
    await assert.rejects(applyWith(own, proposal, { signers: Object.values(online).flat(), now: later }), {
      code: 'proposal-outdated',
      message: /expired/,
    });
  });
});

describe('a channel that was removed', () => {
  it('is missed by nobody else, and one of its name goes on counting where it ended', async () => {
    const { own } = await scene();
    const store = memoryTrustStore();
    await device(own, store, 'stable');
    await edit(own, async (trust) => {
      trust.removeChannel('stable');
      await trust.commit();
    });
    await assert.rejects(device(own, store, 'stable'), { code: 'channel-unknown' });
    await device(own, store, 'candidate');
    await edit(own, async (trust) => {
      assert.equal(Object.hasOwn(trust.policy().channels, 'stable'), false);
      const { key } = own.keys.stable[0]!;
      trust.addChannel('stable', { keys: [key], threshold: 1, systems: [], policy: { preflight: 'required' } });
      await trust.commit();
    });
    const { versions, releases } = await device(own, store, 'stable');
    assert.deepEqual([versions['stable'], releases], [3, []]);
  });
});
