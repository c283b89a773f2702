/** Claims about what somebody is offered to prove anew who they are with. */
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isProven } from '../api/proving';
import { serve, show } from '../test/render';
import { ProveDialogs } from './ProveDialog';

const account = {
  password_set_at: '2026-01-01T00:00:00Z',
  password_proves: true,
  came_through: null,
  code_sent_by: null,
  factors: [],
  recovery_codes_left: 0,
};

async function ask(facts: Partial<Record<keyof typeof account, unknown>>) {
  serve({ 'GET /api/v1/account': { ...account, ...facts } });
  await show(
    <>
      <ProveDialogs />
      <p>a page</p>
    </>,
  );
  await screen.findByText('a page');
  await act(async () => void isProven(null));
  await screen.findByRole('dialog', { name: 'Is it still you?' });
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('what proves who somebody is', () => {
  it('is a password where it counts', async () => {
    await ask({});
    await screen.findByLabelText('Password');
  });

  it('is the provider alone where only providers let in, although there is a password', async () => {
    await ask({ password_proves: false, came_through: 'Works' });
    await screen.findByRole('button', { name: /Works/ });
    expect(screen.queryByLabelText('Password')).toBeNull();
  });

  it('is both where a password counts beside the provider', async () => {
    await ask({ came_through: 'Works' });
    await screen.findByRole('button', { name: /Works/ });
    await screen.findByLabelText('Password');
  });

  it('is nothing, and said so, where the provider is off and the password counts for nothing', async () => {
    await ask({ password_proves: false });
    await screen.findByText(/nothing here that you could prove/);
    expect(screen.queryByLabelText('Password')).toBeNull();
  });
});
