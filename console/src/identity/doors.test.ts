/** Claims about where sign-in leads and where a link's token comes from. */
import { describe, expect, it } from 'vitest';
import { may } from './session';
import { safeNext } from './SignInPage';
import { tokenOf } from './WelcomePage';
import { person } from '../test/render';

describe('after sign-in', () => {
  it('a page of our own is opened', () => {
    expect(safeNext('/conversations/1?tab=access')).toBe('/conversations/1?tab=access');
  });

  it('another site never is', () => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      undefined,
    ])
      expect(safeNext(next)).toBe('/conversations');
  });
});

describe('a link', () => {
  it('carries its token behind the hash', () => {
    expect(tokenOf('#abc_DEF-1')).toBe('abc_DEF-1');
    expect(tokenOf('')).toBe('');
  });
});

describe('what a person may do at all', () => {
  it('none and no are no, and so is what is not mentioned', () => {
    const me = person({ a: 'none', b: 'no', c: 'own', d: 'yes' });
    expect(['a', 'b', 'c', 'd', 'e'].map((permission) => may(me, permission))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});
