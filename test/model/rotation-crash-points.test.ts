import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AshlarError } from '../../src/model/error.ts';
import type { RepositoryWriter } from '../../src/store/transport/repository-writer.ts';
import { memoryTrustStore } from '../../src/trust/client/trust-store.ts';
import {
  atHand,
  cutAfter,
  device,
  edit,
  freshKeys,
  publisher,
  ROTATIONS,
  release,
  rotate,
  versions,
} from '../../src/trust/metadata/publisher.fixture.ts';
import { ModelDirectory } from './model-directory.ts';

describe('a publisher that is cut off', () => {
  test('between any two steps of publishing: devices see the old state or the new, and the next attempt completes it', async (context) => {
    let cuts = 0;
    for (let steps = 0; ; steps += 1) {
      const own = await publisher(new ModelDirectory());
      const publish = (writer: RepositoryWriter) =>
        edit(
          own,
          async (trust) => {
            trust.addRelease('stable', release('1.0'));
            trust.addRelease('candidate', release('1.1'));
            trust.setFloor('web', '1.0');
            return trust.commit();
          },
          { writer },
        );
      const store = memoryTrustStore();
      await device(own, store);
      const writer = cutAfter(own.writer, steps);
      const isComplete = await publish(writer).then(
        () => true,
        (error: Error) => assert.equal(error.message, 'power cut'),
      );
      const seen = await device(own, store);
      assert.deepEqual(versions(seen), isComplete === true ? ['1.0'] : []);
      assert.equal(seen.floor('web'), isComplete === true ? '1.0' : undefined);
      await publish(own.writer);
      assert.deepEqual(versions(await device(own, store)), ['1.0']);
      assert.deepEqual(versions(await device(own, memoryTrustStore(), 'candidate')), ['1.1']);
      if (isComplete === true) break;
      cuts += 1;
    }
    context.diagnostic(`${cuts} cuts`);
    assert.equal(cuts, 5);
  });

  for (const rotation of ROTATIONS) {
    test(`between any two steps of a rotation: ${rotation.name}`, async () => {
      for (let steps = 0; ; steps += 1) {
        const own = await publisher(new ModelDirectory());
        await edit(own, async (trust) => {
          trust.addRelease('stable', release('1.0'));
          await trust.commit();
        });
        const store = memoryTrustStore();
        await device(own, store);
        const fresh = freshKeys(own);
        const signers = atHand(own, rotation, fresh);
        const writer = cutAfter(own.writer, steps);
        const isComplete = await rotate(own, rotation, fresh, { signers, writer }).then(
          () => true,
          (error: Error) => assert.equal(error.message, 'power cut'),
        );
        // Where an old key is lost, devices may have to wait between two steps; they never see anything else.
        const outcome = await device(own, store).then(versions, (error: unknown) => {
          if (error instanceof AshlarError) return error.code;
          throw error;
        });
        const waits = rotation.lost && outcome === 'metadata-unsigned' && isComplete !== true;
        if (!waits) assert.deepEqual(outcome, ['1.0'], `after ${steps} steps`);
        if (isComplete === true) break;
        // Whoever comes next with the same keys completes what was begun, or begins again.
        await edit(
          own,
          async (trust) => {
            trust.renew('timestamp');
            await trust.commit();
          },
          { signers: [...signers, ...Object.values(own.keys).flat()] },
        );
        assert.deepEqual(versions(await device(own, store)), ['1.0']);
        await rotate(own, rotation, fresh, { signers });
        assert.deepEqual(versions(await device(own, store)), ['1.0']);
      }
    });
  }
});
