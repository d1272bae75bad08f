import { storyDefinition } from '../../scripts/story/story-definition.ts';
import type { DefinitionInput } from '../../src/model/definition/definition-input.ts';

/** What is particular about a version that is measured. */
export interface ShopVersion {
  readonly version: string;
  /** How long after its start it may take to prove itself. */
  readonly deadline: string;
  /** True for a web server that refuses its configuration: the health checks never hold. */
  readonly refusesToServe?: boolean;
  readonly kernelArguments?: readonly string[];
  readonly packages?: readonly string[];
  /** Names of files beside the definition that the image holds. */
  readonly ballast?: readonly string[];
}

/** Long: a busy host must not make a good release look bad. */
export const AMPLE_DEADLINE = '30m';

/**
 * The story's system (nginx with a page that says the version), which looks for releases when it starts and then hours later: what is measured begins when the
 * benchmark says so.
 *
 * @param repository URL of the repository as the machine reaches it.
 */
export function shopDefinition(
  { version, deadline, refusesToServe = false, kernelArguments = [], packages = [], ballast = [] }: ShopVersion,
  repository: string,
): DefinitionInput {
  const story = storyDefinition({ version, change: '', kernelArguments }, repository, deadline);
  const broken = refusesToServe ? { '/etc/nginx/conf.d/broken.conf': 'no such directive;\n' } : {};
  const noise = Object.fromEntries(ballast.map((name) => [`/usr/lib/ballast/${name}`, { from: name }]));
  return {
    ...story,
    packages: [...(story.packages ?? []), ...packages],
    files: { ...story.files, ...broken, ...noise },
    updates: {
      repository,
      channel: 'stable',
      trust: 'root.json',
      checkEvery: '6h',
      jitter: '1s',
      probation: { grace: '5s', duration: '10s', deadline },
      waitForLogins: false,
    },
  };
}
