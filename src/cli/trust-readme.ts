/** What the README in a folder of keys says: it is read years later, by somebody else, in a hurry. */
export function trustReadme(): string {
  return `# Keys of a repository

Made by \`ashlar trust init\`. Every private key (\`*.pem\`) is PKCS #8, encrypted by the passphrase; \`*.key.json\` beside it says which key it is and is not secret.

\`offline/\`      the keys of root (who may sign what) and targets (channels and floors). Copy this folder to two places that
               do not burn together, then take it off this machine. It is needed to replace keys, to add channels and to set floors, and once a year
               to sign root and targets again: \`ashlar trust refresh <this folder> root targets --keys <copy of offline>\`.
\`online/\`       the keys of snapshot, timestamp and the channels. The machine that publishes needs them with every release, and
               every few days for \`ashlar trust refresh\`, best by a timer.
\`secure-boot/\`  the keys that firmware checks boot images with; its own README tells of them.
               Several people can have one key each, which never leaves them (\`ashlar trust key\`): what \`--prepare\` writes is carried to them,
               signed (\`ashlar trust sign\`) and brought back (\`ashlar trust apply\`). Give each a copy of root.json, to check what they sign.
\`root.json\`     who may sign what. Not secret; it goes into every definition (\`updates.trust\`) and from there into every image.
\`trust.json\`    which repository this is for.
\`seen/\`         what this machine has seen of the repository, so that nobody can put an older state back unnoticed. Not secret.

A key may have been stolen: \`ashlar trust rotate <this folder> <role>\`, at once. Devices learn of it with their next check.
All keys of root are lost: nothing can be replaced any more. While the channel's keys are still good, make new ones for another repository (\`ashlar trust init
<new folder> --replaces root.json\`) and publish a last release to the old one whose definition names the new root.json and the new repository.
What runs on devices goes on running, whatever happens here.
`;
}
