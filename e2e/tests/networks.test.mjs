/** Lists of networks: what is typed, what is refused, what is tested; an address outside. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

claim(
  'a list of networks is tested, refused when it locks out whoever saves it, and saved',
  here,
  async ({ signIn }) => {
    const page = await signIn('admin');
    await page.goto('/settings');
    const list = page.getByRole('textbox', { name: 'Networks of people', exact: true });
    await list.fill('10.1.2.3/8, 2001:DB8::1');
    await page.getByLabel(text('address_test.label'), { exact: true }).fill('10.9.9.9');
    await page.getByRole('button', { name: text('address_test.action'), exact: true }).click();
    await page.getByText('You come from 127.0.0.1.').waitFor();
    // While the difference is asked for, the button fades between asleep and awake.
    await page.getByRole('button', { name: text('settings.update'), disabled: false }).waitFor();
    await screenshot(page, 'networks light');
    await assertAccessible(page, 'the settings with a tested address');
    await page.getByLabel(text('address_test.label'), { exact: true }).fill('10.9.9');
    await page.getByRole('button', { name: text('address_test.action'), exact: true }).click();
    await page.getByText(/an address such as/i).waitFor();
    await page.getByRole('button', { name: text('settings.update') }).click();
    await page
      .getByText(/lock you out: you come from 127\.0\.0\.1/)
      .first()
      .waitFor();
    await list.fill('10.1.2.3/8\n127.0.0.1');
    await page.getByRole('button', { name: text('settings.update') }).click();
    await page.getByText(text('settings.saved')).waitFor();
    await page.reload();
    assert.equal(await list.inputValue(), '10.0.0.0/8\n127.0.0.1/32');
  },
);
