/** Claims about links that are made for a user. */
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { User } from '../api/client';
import { person, serve, show } from '../test/render';
import { UserActions } from './UserActions';

const ben = {
  id: 'u2',
  name: 'Ben Ames',
  email: 'ben@example.org',
  state: 'active',
  second_factor: false,
  inactive: false,
  version: 1,
} as unknown as User;
const path = 'POST /api/v1/users/u2/invitation';
const link = 'https://vault.example.org/welcome#si_secret';
const action = 'Link for a new password';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('a link for a new password', () => {
  it('is shown once where no mail is set up', async () => {
    const asked = serve({
      [path]: { invitation_link: link, sent_to: null, expires_at: '2026-11-22T10:00:00Z' },
    });
    await show(<UserActions user={ben} />, { me: person() });
    fireEvent.click(await screen.findByRole('button', { name: action }));
    await screen.findByText(link);
    await screen.findByText(/shown only now, works once/);
    expect(asked).toContain(path);
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await vi.waitFor(() => expect(screen.queryByText(link)).toBeNull());
  });

  it('is sent, and shown to nobody, where mail is', async () => {
    serve({
      [path]: { invitation_link: null, sent_to: ben.email, expires_at: '2026-11-22T10:00:00Z' },
    });
    await show(<UserActions user={ben} />, { me: person() });
    fireEvent.click(await screen.findByRole('button', { name: action }));
    await screen.findByText(/was sent to ben@example.org/);
    expect(document.querySelector('code')).toBeNull();
  });

  it('is offered for who is active, and not for oneself', async () => {
    serve({});
    for (const user of [
      { ...ben, id: 'u1' },
      { ...ben, state: 'disabled' as const },
      { ...ben, state: 'invited' as const },
    ]) {
      const { unmount } = await show(<UserActions user={user} />, { me: person() });
      await vi.waitFor(() => expect(document.body.textContent).not.toBe(''));
      expect(screen.queryByRole('button', { name: action })).toBeNull();
      unmount();
    }
  });
});
