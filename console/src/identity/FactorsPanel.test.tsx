/** Claims about who is offered recovery codes. */
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Account } from '../api/client';
import { person, serve, show } from '../test/render';
import { FactorsPanel } from './FactorsPanel';

const bare = {
  factors: [],
  has_apps: true,
  recovery_codes_left: 0,
  second_factor_asked: false,
} as unknown as Account;
afterEach(cleanup);

describe('recovery codes without a second factor', () => {
  it('are made by who may change the security settings: they are the way back', async () => {
    const asked = serve({ 'POST /api/v1/account/recovery-codes': { recovery_codes: ['AAAAA-BBBBB'] } });
    await show(<FactorsPanel account={bare} />, { me: person({ 'security_settings.manage': 'yes' }) });
    fireEvent.click(await screen.findByRole('button', { name: 'Make new ones' }));
    await screen.findByText(/AAAAA-BBBBB/);
    expect(asked).toContain('POST /api/v1/account/recovery-codes');
  });

  it('are offered to nobody else', async () => {
    serve({});
    await show(<FactorsPanel account={bare} />, { me: person({ 'security_settings.manage': 'no' }) });
    await screen.findByRole('button', { name: /app/i });
    expect(screen.queryByRole('button', { name: 'Make new ones' })).toBeNull();
  });
});
