/** Claims about access groups: what differs, and what is kept when somebody else saved meanwhile. */
import { describe, expect, it } from 'vitest';
import { columnsByPlace, differences, emptyDraft, onTop, wishOf } from './accessGroups';

const agency = {
  ...emptyDraft(),
  name: 'Agency',
  targets: ['user:u1'],
  rows: { ...emptyDraft().rows, numbers: ['4930*'] },
  columns: ['started', 'audio'],
};

describe('access groups', () => {
  it('a new one limits no row, shows no column and is for nobody', () => {
    expect(wishOf(emptyDraft())).toEqual({ name: '', targets: [], rows: emptyDraft().rows, columns: [] });
  });

  it('what is as it was is no difference, whatever its order', () => {
    expect(differences(agency, { ...agency, columns: ['audio', 'started'] })).toEqual([]);
  });

  it('tells apart what came and what went', () => {
    const changed = { ...agency, columns: ['started', 'tags'], rows: { ...agency.rows, numbers: [] } };
    expect(differences(agency, changed)).toEqual([
      { of: 'numbers', added: [], removed: ['4930*'] },
      { of: 'columns', added: ['tags'], removed: ['audio'] },
    ]);
  });

  it('puts mine on top of theirs and loses neither', () => {
    const mine = differences(agency, { ...agency, columns: ['started'], targets: ['user:u1', 'role:agent'] });
    const theirs = { ...agency, name: 'Agency North', columns: ['started', 'audio', 'tags'] };
    expect(onTop(theirs, mine)).toEqual({
      ...theirs,
      columns: ['started', 'tags'],
      targets: ['user:u1', 'role:agent'],
    });
  });

  it('a role by its id keeps its whole id', () => {
    expect(wishOf({ ...agency, targets: ['role:a:b'] }).targets).toEqual([{ kind: 'role', id: 'a:b' }]);
  });

  it('a column that this page does not know is a part of the page', () => {
    expect(columnsByPlace(['started', 'video', 'audio'])).toEqual([
      ['list', ['started']],
      ['page', ['video']],
      ['audio', ['audio']],
    ]);
  });
});
