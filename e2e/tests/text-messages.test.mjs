/** Text messages: the gateway in the settings, phone numbers, and coming in with a code. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { startGateway } from '../harness/gateway.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const PASSWORD = 'lantern-orchard-violet-58';
let gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

const json = (method, body) => ({
  method,
  headers: { 'content-type': 'application/json', 'if-match': '*' },
  body: JSON.stringify(body),
});
const settings = (vault, organisation) => vault.api('admin', '/settings', json('PATCH', { organisation }));
const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
const panel = (page) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: text('phone.title'), exact: true }) });

async function type(page, number) {
  await panel(page).getByLabel(text('phone.number'), { exact: true }).fill(number);
  await panel(page).getByRole('button', { name: text('phone.save'), exact: true }).click();
}

claim('a gateway for text messages is set up in the settings and tested', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await page.goto('/settings');
  const section = page.getByRole('region', { name: 'Text messages', exact: true });
  const gatewayField = section.getByRole('textbox', { name: 'Gateway for text messages', exact: true });
  await gatewayField.fill(gateway.url);
  await section.getByRole('textbox', { name: 'Key of the gateway', exact: true }).fill('Bearer hunter2');
  const bar = page.getByRole('region', { name: text('settings.bar') });
  await bar.getByRole('button', { name: text('settings.update') }).click();
  await page.getByText(text('settings.saved')).waitFor();
  await section.getByRole('button', { name: text('message_test.action.sms') }).click();
  await section.getByText('You have no phone number here yet', { exact: false }).waitFor();

  await page.goto('/account');
  await type(page, '030 123456');
  await panel(page).getByText('an international number', { exact: false }).waitFor();
  await type(page, '+49 30 123456');
  await panel(page).getByText('on its way to +4930123456', { exact: false }).waitFor();
  await screenshot(page, 'phone number waits for its code light');
  await assertAccessible(page, 'a phone number that waits for its code');
  const sent = await gateway.message();
  assert.equal(sent.to, '+4930123456');
  const right = /\d{6}/.exec(sent.text)[0];
  await panel(page).getByLabel(text('field.code'), { exact: true }).fill(right === '123456' ? '654321' : '123456');
  await panel(page).getByRole('button', { name: text('phone.confirm'), exact: true }).click();
  await panel(page).getByText(/code isn.t right/i).waitFor();
  await panel(page).getByLabel(text('field.code'), { exact: true }).fill(right);
  await panel(page).getByRole('button', { name: text('phone.confirm'), exact: true }).click();
  await panel(page).getByText(text('phone.confirmed')).waitFor();
  await screenshot(page, 'phone number light');
  await assertAccessible(page, 'an account with a phone number');

  await page.goto('/settings');
  await section.getByRole('button', { name: text('message_test.action.sms') }).click();
  await section.getByText(text('message_test.taken.sms', { address: '+4930123456' })).waitFor();
  const told = await gateway.message();
  assert.equal(told.to, '+4930123456');
  assert.equal(told.headers.authorization, 'Bearer hunter2');
  for (const view of ['light', 'dark', 'phone']) {
    const other = await signIn('admin', VIEWS[view]);
    await other.goto('/settings');
    await other.getByRole('region', { name: 'Text messages', exact: true }).scrollIntoViewIfNeeded();
    await screenshot(other, `text message settings ${view}`);
    await assertAccessible(other, `the settings of text messages, ${view}`);
  }
});

claim('whoever has a phone number comes in with a code by text message', here, async ({ vault, signIn, nobody }) => {
  await settings(vault, { sms_url: gateway.url, sms_secret: 'Bearer hunter2' });
  const { user, invitation_link: link } = await vault.api(
    'admin',
    '/users',
    json('POST', {
      email: 'lea@example.org',
      name: 'Lea Winter',
      assignments: [{ role: 'supervisor', limit: 'none' }],
    }),
  );
  const admin = await signIn('admin', VIEWS.phone);
  await admin.goto(`/users/${user.id}`);
  await type(admin, '+44 20 7946 0123');
  await panel(admin).getByText('+442079460123').waitFor();
  await panel(admin).getByText(text('phone.unconfirmed')).waitFor();
  await screenshot(admin, 'phone number of a user phone');
  await assertAccessible(admin, 'a user with a phone number, phone');

  await settings(vault, { second_factor_mode: 'sms', second_factor: 'always' });
  const page = await nobody(VIEWS.dark);
  await page.goto(link);
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
  await page.getByText(text('sent_code.text.sms')).waitFor();
  await page.getByRole('button', { name: text('sent_code.action') }).click();
  await page.getByText('A code is on its way to …23', { exact: false }).waitFor();
  const told = await gateway.message();
  assert.equal(told.to, '+442079460123');
  const code = /\d{6}/.exec(told.text)[0];
  const field = page.getByLabel(text('field.code'), { exact: true });
  await field.fill(code === '123456' ? '654321' : '123456');
  await page.keyboard.press('Enter');
  await page.getByText(/code isn.t right/i).waitFor();
  await screenshot(page, 'code by text message dark');
  await assertAccessible(page, 'a code by text message, dark');
  await field.fill(code);
  await page.keyboard.press('Enter');
  await inside(page);
  await admin.reload();
  await panel(admin).getByText(text('phone.confirmed')).waitFor();

  // It is taken away by whoever manages users.
  await panel(admin).getByRole('button', { name: text('action.remove') }).click();
  await admin
    .getByRole('dialog', { name: text('phone.remove_title') })
    .getByRole('button', { name: text('action.remove') })
    .click();
  await admin.getByText(text('phone.removed')).waitFor();
  await panel(admin).getByLabel(text('phone.number'), { exact: true }).waitFor();
  await settings(vault, { second_factor_mode: 'app', second_factor: 'off' });
});
