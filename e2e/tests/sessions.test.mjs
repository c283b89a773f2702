/** Where people are signed in, and who wasn't here for long. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const PASSWORD = 'lantern-orchard-violet-58';
const json = { 'content-type': 'application/json' };

async function invited(vault, email, name) {
  const body = JSON.stringify({ email, name, assignments: [{ role: 'analyst', limit: 'none' }] });
  return vault.api('admin', '/users', { method: 'POST', headers: json, body });
}

async function comeIn(page, link) {
  await page.goto(link);
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
}

async function signInAs(page, email) {
  await page.goto('/sign-in');
  await page.getByLabel(text('field.email')).fill(email);
  await page.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: text('sign_in.action') }).click();
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
}

claim(
  'sessions are listed with their devices and ended, on the account page and by an administrator',
  here,
  async ({ vault, nobody, signIn }) => {
    const { user, invitation_link: link } = await invited(vault, 'ole@example.org', 'Ole Dahl');
    const desk = await nobody();
    await comeIn(desk, link);
    const phone = await nobody(VIEWS.phone);
    await signInAs(phone, 'ole@example.org');
    await desk.goto('/account');
    const panel = desk
      .locator('section')
      .filter({ has: desk.getByRole('heading', { name: text('sessions.own') }) });
    await panel.getByRole('listitem').nth(1).waitFor();
    assert.equal(await panel.getByRole('listitem').count(), 2);
    await panel.getByText(text('sessions.this')).waitFor();
    await screenshot(desk, 'sessions light');
    await assertAccessible(desk, 'the account page with sessions');
    await panel.getByRole('button', { name: /^Sign out: / }).click();
    await desk.getByText(text('sessions.ended')).waitFor();
    await phone.goto('/conversations');
    await phone.waitForURL(/\/sign-in/);
    await signInAs(phone, 'ole@example.org');
    await desk.reload();
    await panel.getByRole('button', { name: text('sessions.end_others') }).click();
    await desk.getByText(text('sessions.all_ended')).waitFor();
    await phone.goto('/conversations');
    await phone.waitForURL(/\/sign-in/);
    await signInAs(phone, 'ole@example.org');
    const admin = await signIn('admin');
    await admin.goto(`/users/${user.id}`);
    await admin.getByRole('button', { name: /^Sign out: / }).last().click();
    const dialog = admin.getByRole('dialog', { name: text('sessions.end_title') });
    await dialog.getByLabel(text('reason.label'), { exact: true }).fill('The laptop was lost');
    await screenshot(admin, 'ending a session of somebody light');
    await assertAccessible(admin, 'saying why a session is ended');
    await dialog.getByRole('button', { name: text('sessions.end'), exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await desk.goto('/conversations');
    await desk.waitForURL(/\/sign-in/);
    await admin.getByRole('button', { name: text('sessions.end_all'), exact: true }).click();
    const everywhere = admin.getByRole('dialog', { name: text('sessions.end_all_title') });
    await everywhere.getByLabel(text('reason.label'), { exact: true }).fill('The phone was lost, too');
    await screenshot(admin, 'ending all sessions of somebody light');
    await everywhere.getByRole('button', { name: text('sessions.end_all'), exact: true }).click();
    await admin.getByText(text('sessions.none')).waitFor();
    await phone.goto('/conversations');
    await phone.waitForURL(/\/sign-in/);
  },
);

claim(
  'who was not here for long is shown as inactive and let in again',
  here,
  async ({ vault, nobody, signIn }) => {
    const { user, invitation_link: link } = await invited(vault, 'pia@example.org', 'Pia Stern');
    await comeIn(await nobody(), link);
    const admin = await signIn('admin');
    // Nobody can wait for a day here: the server's answer says what it would say then.
    let inactive = true;
    await admin.route(`**/api/v1/users/${user.id}`, async (route) => {
      if (route.request().method() === 'PATCH') inactive = false;
      const response = await route.fetch();
      const body = await response.json();
      return route.fulfill({ response, json: { ...body, inactive } });
    });
    await admin.goto(`/users/${user.id}`);
    await admin.getByText(text('users.inactive'), { exact: true }).waitFor();
    await screenshot(admin, 'inactive user light');
    await admin.getByRole('button', { name: text('users.let_in') }).click();
    await admin.getByText(text('state.saved')).waitFor();
    await admin.getByText(text('user_state.active'), { exact: true }).first().waitFor();
  },
);

claim('a key is rotated, and the text before goes on for the days that were chosen', here, async ({ vault, signIn }) => {
  const made = await vault.api('admin', '/api-keys', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name: 'Turning', role: 'agent' }),
  });
  const page = await signIn('admin');
  await page.goto('/api-keys');
  await page.getByRole('button', { name: 'Rotate: Turning' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(text('keys_page.overlap'), { exact: true }).fill('0');
  await dialog.getByLabel(text('keys_page.never_ends')).check();
  await screenshot(page, 'rotate key light');
  await assertAccessible(page, 'rotating a key');
  await dialog.getByRole('button', { name: text('keys_page.rotate'), exact: true }).click();
  const key = (await dialog.locator('code').first().innerText()).trim();
  const knock = async (text) =>
    (await fetch(`${vault.url}/api/v1/session`, { headers: { authorization: `Bearer ${text}` } })).status;
  assert.deepEqual([await knock(key), await knock(made.key)], [200, 401]);
});
