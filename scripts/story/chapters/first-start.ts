import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readManifest } from '../../../src/build/verify/verify-release.ts';
import { START_SECONDS } from '../deadlines.ts';
import { narrateMachine } from '../narrate-machine.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { startStoryDevice } from '../story-device.ts';
import { releaseOf } from './prepare.ts';

/** The first release is put onto a disk, and a machine starts from it. */
export const firstStart: Chapter = {
  title: 'version 1 starts',
  async tell(story) {
    const { folder, ashlar } = story;
    const release = releaseOf(VERSIONS.first);
    const image = await ashlar('image', release, '--output', 'machine.raw');
    assert.equal(image.status, 0, image.said);
    const { boot } = readManifest(join(folder, release));
    const device = await startStoryDevice({
      disk: join(folder, 'machine.raw'),
      commandLine: boot.commandLine,
      serialLog: join(folder, 'machine.log'),
      parent: folder,
    });
    story.device = device;
    narrateMachine(device.running, story.say);
    const { status, at } = await device.next(START_SECONDS);
    assert.equal(status.version, VERSIONS.first.version);
    assert.ok(status.verified && status.readOnly, 'its root is not verified');
    story.shell = await device.shell();
    return `up after ${at.toFixed(0)} s, verified`;
  },
};
