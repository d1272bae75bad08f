/**
 * The ESP at /efi: mounted when somebody looks, and unmounted a minute later, so that a power cut seldom finds it mounted. The initrd
 * makes the link to its device: from the variable in which the loader says where it was started from (Boot Loader Interface,
 * `LoaderDevicePartUUID`). systemd-gpt-auto-generator, which would do the same, is off (kernel-command-line.ts).
 */
export const ESP_MOUNT = `[Unit]
Description=EFI system partition
ConditionPathExists=/run/ashlar/esp

[Mount]
What=/run/ashlar/esp
Where=/efi
Type=vfat
Options=nosuid,nodev,noexec,umask=0077
`;

export const ESP_AUTOMOUNT = `[Unit]
Description=EFI system partition, when it is looked at
ConditionPathExists=/run/ashlar/esp

[Automount]
Where=/efi
TimeoutIdleSec=60

[Install]
WantedBy=local-fs.target
`;
