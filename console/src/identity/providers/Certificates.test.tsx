/** Claims about our certificates towards a SAML provider. */
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { IdentityProvider, ProviderCertificate } from '../../api/client';
import { show } from '../../test/render';
import { Certificates } from './Certificates';

const certificate = (subject: string, fingerprint: string): ProviderCertificate => ({
  subject,
  fingerprint,
  pem: `-----BEGIN CERTIFICATE-----\n${fingerprint}\n-----END CERTIFICATE-----\n`,
  not_before: '2026-01-01T00:00:00Z',
  not_after: '2036-01-01T00:00:00Z',
  ends_soon: false,
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('ours are copied and saved as PEM files of their own names, and those of the provider are not', async () => {
  const provider = {
    id: 'p1',
    slug: 'okta',
    certificates: [certificate('theirs', 'aa')],
    own_certificates: [certificate('in use', 'bb'), certificate('next', 'cc')],
    addresses: { metadata: 'https://vault.example.org/saml/okta/metadata' },
  } as unknown as IdentityProvider;
  const copied: string[] = [];
  vi.stubGlobal('navigator', {
    ...navigator,
    clipboard: { writeText: async (text: string) => void copied.push(text) },
  });
  const blobs: Blob[] = [];
  vi.stubGlobal(
    'URL',
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => (blobs.push(blob), 'blob:x'),
      revokeObjectURL: () => {},
    }),
  );
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download);
  });
  await show(<Certificates provider={provider} changed={false} settle={() => {}} />);
  const line = async (subject: string) =>
    (await screen.findByText(new RegExp(`^${subject} `))).closest('li')!;
  expect(within(await line('theirs')).queryByRole('button')).toBeNull();
  for (const subject of ['in use', 'next']) {
    const own = within(await line(subject));
    fireEvent.click(own.getByRole('button', { name: 'Copy as PEM' }));
    fireEvent.click(own.getByRole('button', { name: 'Save as a file' }));
  }
  await vi.waitFor(() => expect(copied).toHaveLength(2));
  expect(copied).toEqual(provider.own_certificates.map(({ pem }) => pem));
  expect(names).toEqual(['soundkeep-okta.pem', 'soundkeep-okta-next.pem']);
  expect(blobs.map(({ size }) => size)).toEqual(provider.own_certificates.map(({ pem }) => pem.length));
});
