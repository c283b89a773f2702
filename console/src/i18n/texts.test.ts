/** Claims about the texts: every language has them all, none is unused, none that is used is missing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import de from './de.json';
import en from './en.json';

type Texts = { [key: string]: string | Texts };
const flat = (texts: Texts, prefix = ''): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
const english = new Map(flat(en));
const german = new Map(flat(de));
const bare = (key: string) => key.replace(/_(one|other)$/, '');
const keys = new Set([...english.keys()].map(bare));

const folder = join(import.meta.dirname, '..');
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');
const literal = new Set(
  [...source.matchAll(/'([a-z0-9_]+(?:\.[a-z0-9_]+)+)'/gi)].map((match) => match[1] ?? ''),
);
/** `period.${value}` stands for every key that begins and ends like it. */
const patterns = [...source.matchAll(/`([a-z0-9_]+\.[^`\s]*\$\{[^`\s]*)`/gi)].map(
  (match) => new RegExp(`^${(match[1] ?? '').replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '\\w+')}$`),
);

describe('texts', () => {
  it('every language has the same keys', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('a text has the same places to fill in, in every language', () => {
    const places = (text = '') => [...text.matchAll(/\{\{\w+\}\}/g)].map((match) => match[0]).sort();
    for (const [key, text] of english) expect(places(german.get(key)), key).toEqual(places(text));
  });

  it('no text is empty', () => {
    for (const [key, text] of [...english, ...german]) expect(text.trim(), key).not.toBe('');
  });

  it('no text is unused', () => {
    const unused = [...keys].filter(
      (key) => !literal.has(key) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it('no text that a page asks for is missing', () => {
    const asked = [...source.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => !keys.has(key))).toEqual([]);
  });
});
