/** Under which key everything about settings is kept in the cache. */
export const settingsKey = ['settings'] as const;
