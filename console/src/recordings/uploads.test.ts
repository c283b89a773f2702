/** Claims about what is said of an uploaded file. */
import { describe, expect, it } from 'vitest';
import { metadataOf } from './UploadDialog';

const empty = {
  started: '',
  direction: null,
  from: '',
  to: '',
  contact: '',
  agent: '',
  tags: [],
  externalId: '',
};

describe('metadata of an upload', () => {
  it('says nothing of what is not known', () => {
    expect(metadataOf({ ...empty, from: '  ' })).toEqual({});
  });

  it('sends moments in UTC', () => {
    expect(
      metadataOf({ ...empty, started: '2026-11-21T10:00:05', agent: ' 204 ', tags: ['refund'] }),
    ).toEqual({
      started_at: new Date(2026, 10, 21, 10, 0, 5).toISOString(),
      agent: '204',
      tags: ['refund'],
    });
  });
});
