/** Claims about the door of those whom a provider sends, or is to send. */
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { serve, show } from '../test/render';
import { SignInPage } from './SignInPage';

const about = { version: '0', demo: false, needs_setup: false };
const nobody = { type: 'about:blank', title: 'x', status: 401, detail: 'x', code: 'not_signed_in' };
const ways = { providers: [{ provider: 'works', name: 'Works', organisation: 'Brightwater' }] };

afterEach(cleanup);

describe('the sign-in page', () => {
  it('asks for ways when the address is typed whole, once for each domain', async () => {
    const asked = serve({ 'GET /api/v1/about': about, 'POST /api/v1/session/ways': ways });
    await show(<SignInPage />, { at: '/sign-in' });
    const email = await screen.findByLabelText('Email', { selector: 'input' });
    for (const typed of ['a', 'ada@', 'ada@works.example'])
      fireEvent.change(email, { target: { value: typed } });
    expect(asked).not.toContain('POST /api/v1/session/ways');
    fireEvent.blur(email);
    await screen.findByRole('button', { name: 'Continue with Works' });
    fireEvent.change(email, { target: { value: 'ben@works.example' } });
    fireEvent.blur(email);
    expect(asked.filter((one) => one.endsWith('/ways'))).toHaveLength(1);
  });

  it('shows a way that it just found before it sends a password', async () => {
    const asked = serve({
      'GET /api/v1/about': about,
      'POST /api/v1/session/ways': ways,
      'POST /api/v1/session': nobody,
    });
    await show(<SignInPage />, { at: '/sign-in' });
    fireEvent.change(await screen.findByLabelText('Email', { selector: 'input' }), {
      target: { value: 'ada@works.example' },
    });
    fireEvent.change(screen.getByLabelText('Password', { selector: 'input' }), {
      target: { value: 'secret' },
    });
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByRole('button', { name: 'Continue with Works' });
    expect(asked).not.toContain('POST /api/v1/session');
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(asked).toContain('POST /api/v1/session'));
  });

  it('signs in with a password where no way can be asked for', async () => {
    const asked = serve({ 'GET /api/v1/about': about, 'POST /api/v1/session': nobody });
    await show(<SignInPage />, { at: '/sign-in' });
    fireEvent.change(await screen.findByLabelText('Email', { selector: 'input' }), {
      target: { value: 'ada@works.example' },
    });
    fireEvent.change(screen.getByLabelText('Password', { selector: 'input' }), {
      target: { value: 'secret' },
    });
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByText(/don't match/);
    expect(asked).toContain('POST /api/v1/session');
  });

  it('asks for a recovery code where that is the way back', async () => {
    serve({
      'GET /api/v1/about': about,
      'POST /api/v1/session/step': {
        sign_in: 'token',
        second_factors: [],
        step: 'way_back',
        expires_at: '2026-11-22T16:00:00Z',
        enrolment: null,
        recovery_codes: [],
        password_characters_min: 15,
      },
    });
    await show(<SignInPage />, { at: '/sign-in?continue=1' });
    await screen.findByRole('heading', { name: 'The way back' });
    await screen.findByLabelText('Recovery code');
  });

  it('says why a provider was of no use', async () => {
    serve({ 'GET /api/v1/about': about, 'GET /api/v1/session': nobody });
    await show(<SignInPage />, { at: '/sign-in?problem=domain' });
    await screen.findByText(/email address of this domain/);
  });

  it.each([
    ['expired', /came too late/],
    ['transient', /another name each time/],
    ['sign_out', /about signing out/],
  ])('has words of its own for what SAML says (%s)', async (code, words) => {
    serve({ 'GET /api/v1/about': about, 'GET /api/v1/session': nobody });
    await show(<SignInPage />, { at: `/sign-in?problem=${code}` });
    await screen.findByText(words);
  });
});
