import { describe, expect, it } from 'vitest';
import type { IdentityProvider } from '../api/client';
import { givenBy, slugOf, withGiven } from './directories';

const provider = {
  slug: 'okta',
  name: 'Okta',
  protocol: 'none',
  claims: {},
  mappings: [
    { value: 'Analysts', role: 'analyst' },
    { value: 'Analysts', role: 'supervisor', limit: 'supervised' },
    { value: 'Others', group: 'g1', belongs_as: 'member' },
  ],
} as unknown as IdentityProvider;

describe('groups of a directory', () => {
  it('are shown with what they give, and what can not be chosen here stays', () => {
    expect(givenBy(provider, 'Analysts')).toEqual(['role:analyst']);
    expect(givenBy(provider, 'Others')).toEqual(['member:g1']);
    const changed = withGiven(provider, 'Analysts', ['member:g2', 'role:0190:x']);
    expect(changed.mappings).toEqual([
      { value: 'Analysts', role: 'supervisor', limit: 'supervised' },
      { value: 'Others', group: 'g1', belongs_as: 'member' },
      { value: 'Analysts', group: 'g2', belongs_as: 'member' },
      { value: 'Analysts', role: '0190:x' },
    ]);
  });

  it('have a provider whose name fits into addresses', () => {
    expect(slugOf(' Äcme Okta! ')).toBe('a-cme-okta');
    expect(slugOf('!!!')).toBe('');
  });
});
