/**
 * The console's own words, by key: tests find a control by the name that a person reads, whatever it is today.
 */
import { readFileSync } from 'node:fs';

const texts = JSON.parse(readFileSync(new URL('../../console/src/i18n/en.json', import.meta.url), 'utf8'));

/** The text of `room.key` with its parameters put in; an unknown key is an error. */
export function text(key, parameters = {}) {
  const found = texts[key] ?? key.split('.').reduce((level, part) => level?.[part], texts);
  if (typeof found !== 'string') throw new Error(`the console has no text '${key}'`);
  return found.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => String(parameters[name] ?? ''));
}

/** The text as a pattern that leaves its parameters open. */
export function pattern(key) {
  const parts = text(key, new Proxy({}, { get: () => '\u0000' })).split('\u0000');
  return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));
}
