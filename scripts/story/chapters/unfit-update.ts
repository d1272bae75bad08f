import assert from 'node:assert/strict';
import { PROBATION_SECONDS, START_SECONDS, UPDATE_SECONDS } from '../deadlines.ts';
import { deviceReport, untilProven } from '../device-report.ts';
import type { Chapter } from '../story.ts';
import { SETTINGS_FOLDER, VERSIONS } from '../story-definition.ts';
import { preflightAndPublish } from './publish.ts';

/** What somebody left on this one machine, years ago: no version before read it. */
const OLD_SETTINGS = 'ssl_on yes;';

export const unfitUpdate: Chapter = {
  title: 'version 3 fails on this machine alone, which goes back',
  async tell(story) {
    const { device, shell } = story;
    assert.ok(device && shell);
    story.say(`somebody once left a file in ${SETTINGS_FOLDER} of this machine; so far nothing read it`);
    await shell.read(`mkdir -p ${SETTINGS_FOLDER} && echo '${OLD_SETTINGS}' >${SETTINGS_FOLDER}/old.conf`);
    await preflightAndPublish(story, VERSIONS.unfit, VERSIONS.good);
    const failed = await device.next(UPDATE_SECONDS);
    assert.equal(failed.status.version, VERSIONS.unfit.version);
    story.say('3 has started; its nginx does not');
    const back = await device.next(PROBATION_SECONDS + START_SECONDS);
    assert.equal(back.status.version, VERSIONS.good.version);
    story.shell = await device.shell();
    await untilProven(story, PROBATION_SECONDS);
    const { quarantine, lastFailure } = await deviceReport(story);
    assert.equal(quarantine[0]?.generation.version, VERSIONS.unfit.version);
    assert.equal(lastFailure?.cause.kind, 'health');
    const told = await story.shell.read('ashlar status');
    for (const line of told.split('\n')) story.say(line);
    assert.match(told, /nginx|page/);
    const again = await story.shell.exec('ashlar update --check');
    assert.equal(again.status, 4, again.output);
    return `back on 2 after ${(back.at - failed.at).toFixed(0)} s: ${lastFailure.cause.summary}; not tried again`;
  },
};
