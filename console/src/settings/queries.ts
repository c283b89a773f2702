/** Under which key everything about settings is kept in the cache. */
export const settingsKey = ['settings'] as const;
/** Under which key the API keys are kept in the cache. */
export const keysKey = ['api-keys'] as const;
