/** Everything of other programs on one page, each with a way to try it. */
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

claim(
  'keys and tokens of directories are tried where they are looked for',
  here,
  async ({ vault, signIn }) => {
    const json = (body) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const wish = { name: 'Okta', slug: 'okta', guide: 'okta', protocol: 'none' };
    const directory = await vault.api('admin', '/identity-providers', json(wish));
    const made = await vault.api('admin', `/identity-providers/${directory.id}/scim-tokens`, json({}));
    const page = await signIn('admin');
    await page.goto('/integrations');
    await page.getByRole('heading', { level: 2, name: text('integrations.mail.title') }).waitFor();
    await page.getByText(text('message_test.not_yet.mail')).waitFor();

    await page.getByLabel(text('key_test.token.label'), { exact: true }).fill(made.text);
    await page.getByRole('button', { name: text('key_test.token.action') }).click();
    await page.getByText(text('key_test.accepted'), { exact: true }).waitFor();
    await page.getByLabel(text('key_test.key.label'), { exact: true }).fill(vault.user('admin').api_key);
    await page.getByLabel(text('key_test.key.label'), { exact: true }).press('Enter');
    await page.getByText(/^It is accepted: ./).waitFor();
    await assertAccessible(page, 'integrations');
    await screenshot(page, 'integrations tried light');
    for (const view of ['dark', 'phone']) {
      const other = await signIn('admin', VIEWS[view]);
      await other.goto('/integrations');
      await other.getByText(text('message_test.not_yet.sms')).waitFor();
      await screenshot(other, `integrations ${view}`);
    }
  },
);
