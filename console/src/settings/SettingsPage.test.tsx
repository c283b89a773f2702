/** Claims about the settings screen: everything on it follows from what the server says of a setting. */
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Setting, Settings } from '../api/client';
import { serve, show } from '../test/render';
import { SettingsPage } from './SettingsPage';
import { patchOf, rebased, withWish } from './wishes';

const hats: Setting = {
  key: 'hats_per_head',
  title: 'Hats per head',
  sentence: 'How many hats one wears.',
  warning: 'Many hats are heavy.',
  kind: 'number',
  from: 0,
  to: 9,
  unit: 'users',
  sensitive: false,
  default: 1,
  value: 1,
  origin: 'default',
  channels: [
    { channel: 'voice', value: 1, origin: 'default' },
    { channel: 'chat', value: 1, origin: 'default' },
  ],
};
const settings: Settings = {
  version: 3,
  sections: [{ key: 'privacy', title: 'Privacy', settings: [hats] }],
};
const change = {
  key: 'hats_per_head',
  channel: null,
  old: 1,
  new: 4,
  sentence: 'Hats per head: 1 user (default) → 4 users',
};
const history = { items: [], next: null };
const answers = {
  'GET /api/v1/settings': settings,
  'GET /api/v1/settings/history': history,
  'PATCH /api/v1/settings': { saved: false, changes: [change], settings },
};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('the settings screen', () => {
  it('shows a setting that it has never heard of, with its words, its bounds and where its value comes from', async () => {
    serve(answers);
    await show(<SettingsPage />);
    const field = await screen.findByRole('group', { name: 'Hats per head' });
    expect(field.textContent).toContain('How many hats one wears.');
    expect(field.textContent).toContain('0 to 9');
    expect(within(field).getByText('default')).toBeTruthy();
    expect(within(field).getAllByRole('checkbox')).toHaveLength(2);
    expect(within(field).queryByText('Many hats are heavy.')).toBeNull();
  });

  it('the bar comes when something is changed, with the difference in words, and goes when it is changed back', async () => {
    serve(answers);
    await show(<SettingsPage />);
    const input = await screen.findByRole('textbox', { name: 'Hats per head' });
    expect(screen.queryByRole('button', { name: 'Update' })).toBeNull();
    fireEvent.change(input, { target: { value: '4' } });
    expect(await screen.findByText(change.sentence)).toBeTruthy();
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Update' }).hasAttribute('disabled')).toBe(false),
    );
    expect(screen.getByText('Many hats are heavy.')).toBeTruthy();
    fireEvent.change(screen.getByRole('textbox', { name: 'Hats per head' }), { target: { value: '1' } });
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Update' })).toBeNull());
  });

  it('what somebody else changed meanwhile is shown, and nothing can be saved over it', async () => {
    serve({
      ...answers,
      'PATCH /api/v1/settings': {
        type: 'about:blank',
        title: 'Changed in between',
        status: 412,
        detail: 'It was changed in between: read it again.',
        code: 'precondition_failed',
        changes: [{ ...change, sentence: 'Hats per head: 1 user (default) → 7 users' }],
      },
    });
    await show(<SettingsPage />);
    fireEvent.change(await screen.findByRole('textbox', { name: 'Hats per head' }), {
      target: { value: '4' },
    });
    expect((await screen.findByRole('alert')).textContent).toContain('→ 7 users');
    expect(screen.getByRole('button', { name: 'Update' }).hasAttribute('disabled')).toBe(true);
  });
});

describe('wishes', () => {
  it('what is decided already is no wish', () => {
    expect(withWish({}, hats, undefined, 1)).toEqual({});
    expect(withWish({}, hats, undefined, null)).toEqual({});
    expect(withWish({ hats_per_head: 3 }, hats, undefined, 1)).toEqual({});
    // A channel that decides for the same value holds on to it.
    expect(withWish({}, hats, 'chat', 1)).toEqual({ 'chat/hats_per_head': 1 });
  });

  it('are sent for the organisation and for channels', () => {
    expect(patchOf({ hats_per_head: 3, 'chat/hats_per_head': null })).toEqual({
      organisation: { hats_per_head: 3 },
      channels: { chat: { hats_per_head: null } },
    });
  });

  it('that somebody else has fulfilled meanwhile are no more', () => {
    const theirs = {
      ...settings,
      sections: [
        { ...settings.sections[0]!, settings: [{ ...hats, value: 3, origin: 'organisation' as const }] },
      ],
    };
    expect(rebased({ hats_per_head: 3, 'voice/hats_per_head': 2 }, theirs)).toEqual({
      'voice/hats_per_head': 2,
    });
  });
});
