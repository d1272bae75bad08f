import { show } from '../../../model/definition/explain.ts';
import { MAX_LABEL_LENGTH } from '../../../model/definition/release-name.ts';
import type { Check } from './check.ts';

export const versionChecks: readonly Check[] = [
  {
    rule: 'label-too-long',
    severity: 'error',
    run({ name, version }, report) {
      const label = `${name}_${version}`;
      if (label.length <= MAX_LABEL_LENGTH) return;
      report(
        ['version'],
        `${show(label)}, the label of a slot, has ${label.length} characters`,
        `shorten the name or the version: a partition label has at most ${MAX_LABEL_LENGTH}`,
      );
    },
  },
  {
    // `1.0.0-rc1` is older than `1.0.0` in semantic versioning, and newer in the UAPI order by which machines choose.
    rule: 'pre-release-sorts-last',
    severity: 'warning',
    run({ version }, report) {
      const found = /^(.*)-((?:alpha|beta|dev|pre|preview|rc|snapshot)[0-9]*(?:[.~-].*)?)$/.exec(version);
      if (found === null) return;
      report(
        ['version'],
        `${show(version)} counts as newer than ${show(found[1])}`,
        `write "${found[1]}~${found[2]}": "~" sorts before, "-" after`,
      );
    },
  },
];

export const localeCheck: Check = {
  rule: 'locale-missing',
  severity: 'error',
  run({ locale, packages }, report) {
    if (locale === 'C.UTF-8' || packages.includes('locales-all')) return;
    report(
      ['locale'],
      `no package brings the locale ${show(locale)}`,
      'add "locales-all" to packages, or keep C.UTF-8',
    );
  },
};

/** What the schema takes already and no machine does yet: nobody shall believe otherwise. */
export const notYetChecks: readonly Check[] = (['containers', 'extensions'] as const).map((key) => ({
  rule: 'not-applied-yet',
  severity: 'warning',
  run(definition, report) {
    if (Object.keys(definition[key]).length === 0) return;
    report(
      [key],
      `${key} are checked, but this version of Ashlar does not put them into images`,
      'install packages instead',
      'key',
    );
  },
}));
