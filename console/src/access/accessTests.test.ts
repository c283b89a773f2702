import { describe, expect, it } from 'vitest';
import { ProblemError } from '../api/problem';
import { lineDifference, marks, rangeOfLine, refusedLines } from './accessTests';

describe('access tests', () => {
  it('tells which lines came and went', () => {
    const before = '# why\nrole A never plays\nrole A never plays\n\nnobody deletes';
    const after = '# why\nrole A never plays\n\n  nobody deletes\nrole B never plays\n';
    expect(lineDifference(before, after)).toEqual({
      added: ['role B never plays'],
      removed: ['role A never plays'],
    });
    expect(lineDifference(before, `${before}\n\n`)).toEqual({ added: [], removed: [] });
  });

  it('reads from a refusal which lines it was about', () => {
    const errors = [
      { field: 'lines[12]', message: 'There is no role “A”.' },
      { field: 'text', message: 'No control characters.' },
    ];
    const problem = { type: '', title: '', status: 422, detail: '', code: 'invalid_fields', errors } as const;
    const refused = refusedLines(new ProblemError({ ...problem, errors: [...errors] }));
    expect(refused).toEqual([{ line: 12, sentence: 'There is no role “A”.' }]);
    expect(refusedLines(new Error('no'))).toEqual([]);
    const found = marks([{ line: 12, outcome: 'holds' }] as unknown as Parameters<typeof marks>[0], refused);
    expect(found.get(12)).toBe('refused');
  });

  it('finds a line in its text', () => {
    const text = 'one\ntwo\n\nfour';
    expect(rangeOfLine(text, 2)).toEqual([4, 7]);
    expect(rangeOfLine(text, 4)).toEqual([9, 13]);
    expect(rangeOfLine(text, 9)).toEqual([14, 14]);
  });
});
