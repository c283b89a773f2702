/** Mail: setting it up, a test of it, and what people do by it. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { startMail } from '../harness/mail.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const PASSWORD = 'lantern-orchard-violet-58';
const LATER = 'copper-harbour-meadow-31';
let mail;
before(async () => {
  mail = await startMail();
});
after(() => mail?.stop());

const json = (method, body) => ({
  method,
  headers: { 'content-type': 'application/json', 'if-match': '*' },
  body: JSON.stringify(body),
});

const setUpMail = (vault, more = {}) =>
  vault.api(
    'admin',
    '/settings',
    json('PATCH', {
      organisation: {
        mail_host: '127.0.0.1',
        mail_port: mail.port,
        mail_security: 'plain',
        mail_from: 'vault@example.org',
        // What is told of accounts comes between no letters here.
        account_notices: false,
        ...more,
      },
    }),
  );

const invited = (vault, email, name, role) =>
  vault.api('admin', '/users', json('POST', { email, name, assignments: [{ role, limit: 'none' }] }));

const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();

async function choose(page, password, action) {
  await page.getByLabel(text('field.new_password')).fill(password);
  await page.getByRole('button', { name: text(action) }).click();
}

claim('a mail server is set up in the settings and tested', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await page.goto('/settings');
  const section = page.getByRole('region', { name: 'Mail', exact: true });
  await section.getByRole('textbox', { name: 'Mail server', exact: true }).fill('127.0.0.1');
  const bar = page.getByRole('region', { name: text('settings.bar') });
  await bar.getByText(text('settings.wrong_one', { count: 1 })).waitFor();
  assert.ok(await section.getByRole('button', { name: text('message_test.action.mail') }).isDisabled());
  await section.getByRole('textbox', { name: "Sender's address", exact: true }).fill('vault@example.org');
  await section.getByRole('textbox', { name: 'Port of the mail server', exact: true }).fill(String(mail.port));
  await section.getByRole('combobox', { name: 'How mail is protected on its way' }).click();
  await page.getByRole('option', { name: 'Not at all' }).click();
  await bar.getByRole('button', { name: text('settings.update') }).click();
  await page.getByText(text('settings.saved')).waitFor();
  await section.getByRole('button', { name: text('message_test.action.mail') }).click();
  const { email } = here.vault.user('admin');
  await section.getByText(text('message_test.taken.mail', { address: email })).waitFor();
  await section.getByText(text('message_test.answer', { answer: '250 2.0.0 kept' })).waitFor();
  assert.equal((await mail.letter()).to, email);
  await section.scrollIntoViewIfNeeded();
  await screenshot(page, 'mail settings light');
  await assertAccessible(page, 'the settings of mail');
  for (const view of ['dark', 'phone']) {
    const other = await signIn('admin', VIEWS[view]);
    await other.goto('/settings');
    await other.getByRole('region', { name: 'Mail', exact: true }).scrollIntoViewIfNeeded();
    await screenshot(other, `mail settings ${view}`);
    await assertAccessible(other, `the settings of mail, ${view}`);
  }
});

claim('who forgot a password chooses another by mail', here, async ({ vault, nobody }) => {
  await setUpMail(vault);
  const { invitation_link: link, sent_to: sentTo } = await invited(vault, 'ida@example.org', 'Ida Brandt', 'supervisor');
  assert.equal(sentTo, 'ida@example.org');
  assert.equal((await mail.letter()).link, link);
  const page = await nobody();
  await page.goto(link);
  await choose(page, PASSWORD, 'welcome.invitation.action');
  await inside(page);

  const other = await nobody(VIEWS.phone);
  await other.goto('/sign-in');
  await other.getByRole('button', { name: text('forgot.open') }).click();
  await other.getByRole('heading', { name: text('forgot.title') }).waitFor();
  await screenshot(other, 'forgot password phone');
  await assertAccessible(other, 'asking for a new password');
  await other.getByLabel(text('field.email')).fill('ida@example.org');
  await other.keyboard.press('Enter');
  await other.getByRole('heading', { name: text('forgot.asked') }).waitFor();
  await screenshot(other, 'forgot password asked phone');
  await assertAccessible(other, 'having asked for a new password');
  const letter = await mail.letter();
  assert.equal(letter.to, 'ida@example.org');
  await other.goto(letter.link);
  await choose(other, LATER, 'welcome.password.action');
  await inside(other);

  // Nobody learns whether there is such an account.
  const stranger = await nobody(VIEWS.dark);
  await stranger.goto('/sign-in');
  await stranger.getByRole('button', { name: text('forgot.open') }).click();
  await stranger.getByLabel(text('field.email')).fill('stranger@example.org');
  await screenshot(stranger, 'forgot password dark');
  await assertAccessible(stranger, 'asking for a new password, dark');
  await stranger.keyboard.press('Enter');
  await stranger.getByRole('heading', { name: text('forgot.asked') }).waitFor();
});

claim('an administrator has a link for a new password sent and does not see it', here, async ({ vault, signIn }) => {
  await setUpMail(vault);
  const agent = vault.user('agent');
  const page = await signIn('admin');
  await page.goto('/users');
  await page.getByLabel(text('users.search')).fill(agent.email);
  await page.getByRole('link', { name: agent.name }).first().click();
  await page.getByRole('button', { name: text('invite.password') }).click();
  const dialog = page.getByRole('dialog', { name: text('invite.password') });
  await dialog.getByText(`was sent to ${agent.email}`, { exact: false }).waitFor();
  assert.equal(await dialog.locator('code').count(), 0);
  await screenshot(page, 'link for a new password sent light');
  assert.equal((await mail.letter()).to, agent.email);
});

claim('whoever has no app comes in, and proves themselves, with a code by mail', here, async ({ vault, nobody }) => {
  await setUpMail(vault, { second_factor_mode: 'email', second_factor: 'always' });
  const { invitation_link: link } = await invited(vault, 'lea@example.org', 'Lea Winter', 'admin');
  await mail.letter();
  const page = await nobody(VIEWS.phone);
  await page.goto(link);
  await choose(page, PASSWORD, 'welcome.invitation.action');
  await page.getByText(text('sent_code.text.email')).waitFor();
  await page.getByRole('button', { name: text('sent_code.action') }).click();
  await page.getByText('A code is on its way to l…@example.org', { exact: false }).waitFor();
  const code = async () => /^\d{6}$/m.exec((await mail.letter()).text)[0];
  const right = await code();
  const field = page.getByLabel(text('field.code'), { exact: true });
  await field.fill(right === '123456' ? '654321' : '123456');
  await page.keyboard.press('Enter');
  await page.getByText(/code isn.t right/i).waitFor();
  await screenshot(page, 'code by mail phone');
  await assertAccessible(page, 'a code by mail');
  await field.fill(right);
  await page.keyboard.press('Enter');
  await inside(page);

  const dark = await nobody(VIEWS.dark);
  await dark.goto('/sign-in');
  await dark.getByLabel(text('field.email')).fill('lea@example.org');
  await dark.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await dark.keyboard.press('Enter');
  await dark.getByRole('button', { name: text('sent_code.action') }).waitFor();
  await screenshot(dark, 'code by mail asked dark');
  await assertAccessible(dark, 'a code by mail, dark');

  // A sensitive change, long after: the server asks anew, which the page shows in a dialog.
  let asked = 0;
  await page.route('**/api/v1/users/*/invitation', (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    const problem = { type: 'about:blank', title: 'Forbidden', status: 403, code: 'step_up_needed' };
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    });
  });
  const agent = vault.user('agent');
  await page.goto('/users');
  await page.getByLabel(text('users.search')).fill(agent.email);
  await page.getByRole('link', { name: agent.name }).first().click();
  await page.getByRole('button', { name: text('invite.password') }).click();
  const dialog = page.getByRole('dialog', { name: text('prove.title') });
  await dialog.getByRole('button', { name: text('sent_code.action') }).click();
  await dialog.getByLabel(text('field.code'), { exact: true }).fill(await code());
  await screenshot(page, 'proving by a code by mail phone');
  await assertAccessible(page, 'proving oneself by a code by mail');
  await dialog.getByRole('button', { name: text('prove.action') }).click();
  await page.getByText(`was sent to ${agent.email}`, { exact: false }).waitFor();
  await setUpMail(vault, { second_factor_mode: 'app', second_factor: 'off' });
});
