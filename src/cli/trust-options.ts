/** The option of every verb that signs metadata: the offline keys come from somewhere else. */
export const KEYS_OPTION = ['--keys <folders...>', 'further folders with keys, such as the offline ones'] as const;
