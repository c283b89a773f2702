/** Claims about the states of the conversation list. */
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Conversation } from '../api/client';
import { person, serve, show } from '../test/render';
import { ConversationsPage } from './ConversationsPage';

const conversation: Conversation & { audio: NonNullable<Conversation['audio']> } = {
  id: 'c1',
  started_at: '2026-11-21T09:00:00Z',
  duration_ms: 65_000,
  direction: 'inbound',
  channel: 'voice',
  from_number: '+4930123',
  to_number: '204',
  contact: 'Harbour Dental',
  agents: [{ user_id: 'u2', name: 'Tom Becker' }],
  groups: [{ id: 'g1', name: 'Sales' }],
  tags: ['refund'],
  status: 'ready',
  source: 'folder',
  audio: { state: 'ready', recording_id: 'r1', may_play: true },
  version: 1,
};
const directory = { users: [], groups: [], tags: [] };
const list = (
  items: Conversation[],
  next: string | null = null,
  counted = { count: items.length, exact: true },
) => ({
  'GET /api/v1/conversations': { items, next },
  'GET /api/v1/conversations/count': counted,
  'GET /api/v1/directory': directory,
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  localStorage.clear();
});

describe('the conversation list', () => {
  it('waits with a skeleton, not with an empty list', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    await show(<ConversationsPage />);
    expect(await screen.findByRole('status', { name: 'Loading' })).toBeTruthy();
    expect(screen.queryByText('No conversations yet')).toBeNull();
  });

  it('shows what it knows of a conversation, and a way to play it', async () => {
    serve(list([conversation]));
    await show(<ConversationsPage />);
    expect(await screen.findByText('Harbour Dental')).toBeTruthy();
    for (const text of ['Inbound', '+4930123', '204', 'Tom Becker', 'Sales', '1:05', 'refund', 'Ready'])
      expect(within(screen.getByRole('table')).getByText(text)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Play: Harbour Dental' })).toBeTruthy();
  });

  it('offers an explanation where there is nothing to play', async () => {
    serve(list([{ ...conversation, audio: { ...conversation.audio, may_play: false } }]));
    await show(<ConversationsPage />);
    expect(await screen.findByRole('button', { name: /Why can't I play this/ })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Play:/ })).toBeNull();
  });

  it('an empty vault says how recordings come in, to those who may put them in', async () => {
    serve(list([]));
    await show(<ConversationsPage />, { me: person({ 'recordings.ingest': 'yes' }) });
    expect(await screen.findByText(/soundkeep import/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Upload' })).toBeTruthy();
  });

  it('a reader is not told to upload', async () => {
    serve(list([]));
    await show(<ConversationsPage />);
    expect(await screen.findByText('No conversations yet')).toBeTruthy();
    expect(screen.queryByText(/soundkeep import/)).toBeNull();
    expect(screen.queryByRole('button', { name: 'Upload' })).toBeNull();
  });

  it('filters that match nothing offer to be cleared', async () => {
    const asked = serve(list([]));
    const { router } = await show(<ConversationsPage />, { at: '/conversations?q=zebra&direction=inbound' });
    await screen.findByText('Nothing matches');
    expect(asked.some((line) => line.includes('q=zebra') && line.includes('direction=inbound'))).toBe(true);
    fireEvent.click(screen.getAllByRole('button', { name: 'Clear filters' }).at(-1)!);
    await vi.waitFor(() => expect(router.state.location.searchStr).toBe(''));
  });

  it('counts to a thousand and says that there are more', async () => {
    serve(list([conversation], 'next', { count: 1000, exact: false }));
    await show(<ConversationsPage />);
    expect(await screen.findByText('1,000+ conversations')).toBeTruthy();
    expect(await screen.findByRole('button', { name: 'Load more' })).toBeTruthy();
  });

  it('a failure says so and can be tried again', async () => {
    const answers: Record<string, unknown> = {
      ...list([conversation]),
      'GET /api/v1/conversations': {
        title: 'unavailable',
        status: 503,
        detail: 'unavailable',
        code: 'unavailable',
      },
    };
    serve(answers);
    await show(<ConversationsPage />);
    expect(await screen.findByText('Not available right now')).toBeTruthy();
    answers['GET /api/v1/conversations'] = { items: [conversation], next: null };
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Harbour Dental')).toBeTruthy();
  });

  it('a refusal shows the gate that is closed', async () => {
    serve({
      ...list([]),
      'GET /api/v1/conversations': {
        title: 'denied',
        detail: 'denied',
        status: 403,
        code: 'denied',
        gates: [
          {
            gate: 'account',
            outcome: 'failed',
            code: 'disabled',
            sentence: 'The account is disabled.',
            set_in: 'Users',
          },
        ],
      },
    });
    await show(<ConversationsPage />);
    expect(await screen.findByText('The account is disabled.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });

  it('sorting by duration asks the server for it', async () => {
    const asked = serve(list([conversation]));
    await show(<ConversationsPage />);
    fireEvent.click(await screen.findByRole('button', { name: 'Duration' }));
    await vi.waitFor(() => expect(asked.some((line) => line.includes('sort=-duration'))).toBe(true));
  });

  it('a column that was hidden stays hidden in this browser', async () => {
    localStorage.setItem('soundkeep.columns', JSON.stringify(['contact', 'audio']));
    serve(list([conversation]));
    await show(<ConversationsPage />);
    await screen.findByText('Harbour Dental');
    expect(screen.queryByText('Tom Becker')).toBeNull();
  });

  it('draws nothing of hidden columns, and offers no filter and no order by them', async () => {
    const bare: Conversation = { id: 'c1', version: 1, contact: 'Harbour Dental', direction: 'inbound' };
    serve(list([bare]));
    const { container } = await show(<ConversationsPage />);
    await screen.findByText('Harbour Dental', { selector: 'a' });
    for (const name of ['Time', 'Duration', 'Agent', 'Tags', 'Audio', 'From', 'To'])
      expect(screen.queryByRole('columnheader', { name })).toBeNull();
    expect(screen.queryByRole('textbox', { name: 'Any time' })).toBeNull();
    expect(container.textContent).not.toMatch(/undefined|NaN|Invalid/);
  });

  it('a saved filter for a column that is hidden now says so and can be cleared', async () => {
    serve({
      ...list([]),
      'GET /api/v1/conversations': {
        title: 'invalid fields',
        detail: 'invalid fields',
        status: 422,
        code: 'invalid_fields',
        errors: [{ field: 'tag', message: 'an access group hides this column from you' }],
      },
    });
    const { router } = await show(<ConversationsPage />, { at: '/conversations?tag=refund' });
    expect(await screen.findByText('An access group hides this column from you.')).toBeTruthy();
    fireEvent.click(screen.getAllByRole('button', { name: 'Clear filters' }).at(-1)!);
    await vi.waitFor(() => expect(router.state.location.searchStr).toBe(''));
  });
});
