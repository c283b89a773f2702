/** Claims about trying keys and tokens out. */
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { person, show } from '../test/render';
import { KeyTest } from './KeyTest';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function answers(status: number, body: unknown) {
  const fetch = vi.fn(async (_path: string, _asked: RequestInit) => Response.json(body, { status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

async function types(label: string, action: string) {
  fireEvent.change(await screen.findByLabelText(label), { target: { value: ' sk_text ' } });
  fireEvent.click(screen.getByRole('button', { name: action }));
}

it('a key is tried as a program shows it, without the session, and forgotten', async () => {
  await show(<KeyTest kind="key" />, { me: person({}) });
  const fetch = answers(200, { user: { name: 'Import' } });
  await types('Try a key', 'Test the key');
  await screen.findByText('It is accepted: Import.');
  const [path, asked] = fetch.mock.calls[0]!;
  expect(path).toBe('/api/v1/session');
  expect(asked).toMatchObject({ credentials: 'omit', headers: { Authorization: 'Bearer sk_text' } });
  expect(screen.getByLabelText<HTMLInputElement>('Try a key').value).toBe('');
});

it('why a token is refused is told in the words of the service', async () => {
  await show(<KeyTest kind="token" />, { me: person({}) });
  const fetch = answers(401, { schemas: ['x'], status: '401', detail: 'This token has ended.' });
  await types('Try a SCIM token', 'Test the token');
  await screen.findByText('This token has ended.');
  expect(fetch.mock.calls[0]![0]).toBe('/scim/v2/ServiceProviderConfig');
});
