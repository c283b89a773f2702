/** Claims about the networks of a key: what is typed is tested and saved as a list. */
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { ApiKey } from '../api/client';
import { person, serve, show } from '../test/render';
import { KeyNetworksDialog } from './KeyNetworks';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const apiKey = { id: 'k1', name: 'PBX', networks: ['192.0.2.0/24'] } as ApiKey;

it('a list is tested with what is typed, and saved', async () => {
  const close = vi.fn();
  await show(<KeyNetworksDialog apiKey={apiKey} close={close} />, { me: person({}) });
  const asked = serve({
    'GET /api/v1/api-keys/networks': {
      address: '192.0.2.7',
      programs: true,
      listed: false,
      yours: '198.51.100.4',
    },
    'PUT /api/v1/api-keys/k1/networks': { ...apiKey, networks: [] },
  });
  const list = await screen.findByLabelText<HTMLTextAreaElement>('Networks');
  expect(list.value).toBe('192.0.2.0/24');
  fireEvent.change(list, { target: { value: '10.0.0.0/8, 2001:db8::1' } });
  fireEvent.change(screen.getByPlaceholderText('192.0.2.7'), {
    target: { value: '192.0.2.7' },
  });
  fireEvent.click(screen.getByText('Test'));
  await screen.findByText('A program with this key: may not come in');
  await screen.findByText('You come from 198.51.100.4.');
  expect(asked).toContain(
    `GET /api/v1/api-keys/networks?address=192.0.2.7&networks=${encodeURIComponent('10.0.0.0/8,2001:db8::1')}`,
  );
  fireEvent.submit(list.closest('form')!);
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(asked).toContain('PUT /api/v1/api-keys/k1/networks');
});
