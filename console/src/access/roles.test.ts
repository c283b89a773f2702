/** Claims about what differs between two roles, and about putting one's own changes on top of another's. */
import { describe, expect, it } from 'vitest';
import { changeOf, differences, onTop, type RoleDraft } from './roles';

const base: RoleDraft = {
  name: 'Coach',
  permissions: { 'conversations.view': 'all', 'recordings.play': 'none', 'users.manage': 'no' },
};
const withPlay = (word: 'own' | 'all', name = 'Coach'): RoleDraft => ({
  name,
  permissions: { ...base.permissions, 'recordings.play': word },
});

describe('differences between roles', () => {
  it('are told for the name and for each line, and for nothing else', () => {
    expect(differences(base, withPlay('own', ' Trainer '))).toEqual([
      { permission: null, from: 'Coach', to: 'Trainer' },
      { permission: 'recordings.play', from: 'none', to: 'own' },
    ]);
    expect(differences(base, { ...base, name: 'Coach ' })).toEqual([]);
  });

  it('are all that a save sends', () => {
    expect(changeOf(differences(base, withPlay('own')))).toEqual({
      permissions: { 'recordings.play': 'own' },
    });
    expect(changeOf(differences(base, { ...base, name: 'X' }))).toEqual({ name: 'X', permissions: {} });
  });

  it('go on top of what somebody else saved, who loses none of theirs', () => {
    const theirs: RoleDraft = {
      name: 'Guide',
      permissions: { ...base.permissions, 'users.manage': 'yes', 'recordings.play': 'all' },
    };
    const mine = differences(base, withPlay('own'));
    expect(onTop(theirs, mine)).toEqual({
      name: 'Guide',
      permissions: { 'conversations.view': 'all', 'recordings.play': 'own', 'users.manage': 'yes' },
    });
  });
});
