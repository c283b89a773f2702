/** Directories that bring users and groups by SCIM, as an administrator sees them. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { apply, effectDialog } from '../harness/effect.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

/** Speaks to the vault as a directory does. */
async function scim(address, token, path, body) {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return response.json();
}

claim(
  'a directory gets a token, brings somebody, and its group is given a role',
  here,
  async ({ vault, signIn }) => {
    const page = await signIn('admin');
    await page.goto('/directories');
    await page.getByRole('button', { name: text('directories.add') }).click();
    const adding = page.getByRole('dialog');
    await adding.getByLabel(text('directories.name')).fill('Acme Okta');
    await adding.getByRole('button', { name: text('directories.add') }).click();
    const panel = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Acme Okta' }) });
    await panel.getByText(text('directories.no_token')).waitFor();
    await panel.getByRole('button', { name: text('directories.token_add') }).click();
    const making = page.getByRole('dialog');
    await making.getByRole('button', { name: text('directories.token_add') }).click();
    const token = (await making.getByRole('status').locator('code').textContent()) ?? '';
    assert.match(token, /^sd_/);
    await making.getByRole('button', { name: text('action.done') }).click();
    await panel.getByText(`${token.slice(0, 6)}`).waitFor();

    const address = `${vault.url}/scim/v2`;
    const user = await scim(address, token, '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'nia@example.org',
      displayName: 'Nia Okoro',
    });
    await scim(address, token, '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Call quality',
      members: [{ value: user.id }],
    });
    await page.reload();
    const choice = panel.getByLabel('What Call quality gives').first();
    await choice.click();
    await page.getByRole('option', { name: 'Analyst' }).click();
    // What a group gives is a change of rights: it is shown who gains what before it happens.
    await effectDialog(page).getByText('Nia Okoro').waitFor();
    await apply(page);
    await page.getByText(text('directories.mapped')).waitFor();
    await page.keyboard.press('Escape');
    await screenshot(page, 'directories light');
    await assertAccessible(page, 'the directories');
    await page.goto(`/users/${user.id}`);
    await page.getByText('Analyst', { exact: true }).first().waitFor();
    await page.getByText(/^Managed by Acme Okta/).waitFor();
    const phone = await signIn('admin', VIEWS.phone);
    await phone.goto('/directories');
    await phone.getByRole('heading', { name: 'Acme Okta' }).waitFor();
    await screenshot(phone, 'directories phone');
    await assertAccessible(phone, 'the directories on a phone');
  },
);
