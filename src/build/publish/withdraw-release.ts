import { releaseIn } from './promote-release.ts';
import { type Publisher, withTrust } from './publish-releases.ts';

export interface WithdrawOptions extends Publisher {
  readonly name: string;
  readonly version: string;
  readonly channel: string;
}

export interface Withdrawal {
  readonly name: string;
  readonly version: string;
  readonly channel: string;
  /** The versions of the system that the channel still has, in their order. */
  readonly remaining: readonly string[];
  /** It was a barrier: devices below it go past it from now on. */
  readonly barrier: boolean;
}

/**
 * Takes a release out of a channel: devices that do not have it yet will not install it; those that run it go on, and are not sent back. Its files stay until `repo gc`. Throws
 * `release-not-found` when the channel does not have it, `channel-unknown`, and what trust and transport throw.
 */
export async function withdrawRelease(options: WithdrawOptions): Promise<Withdrawal> {
  const { name, version, channel } = options;
  return withTrust(options, `ashlar withdraw ${name} ${version} from ${channel}`, async (trust) => {
    const { custom } = releaseIn(trust, channel, name, version);
    trust.removeRelease(channel, name, version);
    const remaining = trust.releases(channel).filter((each) => each.name === name);
    await trust.commit();
    return {
      name,
      version,
      channel,
      remaining: remaining.map((each) => each.version),
      barrier: custom.barrier === true,
    };
  });
}
