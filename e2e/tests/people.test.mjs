/** Coming in: invitations, passwords, signing out. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot } from '../harness/browser.mjs';
import { apply, effectDialog } from '../harness/effect.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const PASSWORD = 'lantern-orchard-violet-58';

async function invite(vault, email, role) {
  return vault.api('admin', '/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, name: 'Nora Quist', assignments: [{ role, limit: 'none' }] }),
  });
}

async function accept(page, link) {
  await page.goto(link);
  await page.getByLabel(text('field.your_name')).fill('Nora Quist');
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
}

claim('an invited person sets a password, leaves, and signs in with it', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invite(vault, 'nora@example.org', 'analyst');
  const page = await nobody();
  await accept(page, link);
  await page.getByRole('button', { name: /Nora Quist/ }).click();
  await page.getByRole('button', { name: text('nav.sign_out') }).click();
  await page.getByLabel(text('field.email')).fill('nora@example.org');
  await page.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: text('sign_in.action') }).click();
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
});

claim('a wrong password is refused without saying which half was wrong', here, async ({ vault, nobody }) => {
  const page = await nobody();
  const answers = [];
  for (const email of [vault.user('admin').email, 'nobody@example.org']) {
    await page.goto('/sign-in');
    await page.getByLabel(text('field.email')).fill(email);
    await page.getByLabel(text('field.password'), { exact: true }).fill('not-the-password-1');
    await page.getByRole('button', { name: text('sign_in.action') }).click();
    answers.push(await page.getByRole('alert').innerText());
  }
  assert.equal(answers[0], answers[1]);
});

claim('an invitation works once', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invite(vault, 'once@example.org', 'agent');
  await accept(await nobody(), link);
  const late = await nobody();
  await late.goto(link);
  await late.getByRole('heading', { name: text('welcome.dead.title') }).waitFor();
});

claim(
  'an administrator makes a link for a new password, which is shown once where no mail is set up',
  here,
  async ({ vault, nobody, signIn }) => {
    const { user, invitation_link: link } = await invite(vault, 'lost@example.org', 'agent');
    const page = await nobody();
    await accept(page, link);
    const admin = await signIn('admin');
    await admin.goto(`/users/${user.id}`);
    await admin.getByRole('button', { name: text('invite.password') }).click();
    const dialog = admin.getByRole('dialog', { name: text('invite.password') });
    const made = (await dialog.locator('code').innerText()).trim();
    await dialog.getByText(/shown only now, works once/).waitFor();
    await screenshot(admin, 'link for a new password light');
    await assertAccessible(admin, 'a link for a new password');
    await dialog.getByRole('button', { name: text('action.close') }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await admin.getByText(made).count(), 0);
    // Whoever is in stays in until another password is chosen, and nobody is in by the link alone.
    const later = await nobody();
    await later.goto(made);
    await later.getByLabel(text('field.new_password')).fill('copper-harbour-meadow-31');
    await later.getByRole('button', { name: text('welcome.password.action') }).click();
    await later.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
    await page.goto('/conversations');
    await page.waitForURL(/\/sign-in/);
    page.complaints.length = 0;
  },
);

claim('who is not signed in is sent to the door and back', here, async ({ nobody }) => {
  const page = await nobody();
  await page.goto('/ledger');
  await page.waitForURL(/\/sign-in/);
  assert.match(page.url(), /next=/);
});

claim('the console speaks German too', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await page.evaluate(() => localStorage.setItem('soundkeep.language', 'de'));
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Gespräche' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
});

claim('who clicks before a search was carried out gets the page that was clicked', here, async ({ vault, signIn }) => {
  const page = await signIn('admin');
  // A slow line: the page of a user loads for longer than a pause in typing takes.
  let goOn;
  const held = new Promise((resolve) => (goOn = resolve));
  await page.route(/\/UserPage-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  const agent = vault.user('agent');
  await page.goto('/users');
  const link = page.getByRole('link', { name: agent.name }).first();
  await link.waitFor();
  const shown = await link.elementHandle();
  await page.getByLabel(text('users.search')).fill(agent.email);
  await shown.evaluate((element) => element.click());
  await page.waitForTimeout(600);
  goOn();
  await page.getByRole('heading', { level: 1, name: agent.name }).waitFor();
});

claim('a key that acts for a user may what that user may', here, async ({ vault, signIn }) => {
  const page = await signIn('admin');
  const agent = vault.user('agent');
  await page.goto('/api-keys');
  await page.getByRole('button', { name: text('keys_page.create') }).click();
  const dialog = page.getByRole('dialog', { name: text('keys_page.create') });
  await dialog.getByLabel(text('keys_page.name'), { exact: true }).fill('Headset');
  await dialog.getByRole('radio', { name: text('keys_page.of_user') }).click();
  await dialog.getByRole('combobox', { name: text('keys_page.user') }).fill(agent.name);
  await page.getByRole('option', { name: agent.name }).click();
  await screenshot(page, 'key for a user light');
  await assertAccessible(page, 'making a key that acts for a user');
  await dialog.getByRole('button', { name: text('keys_page.create') }).click();
  await effectDialog(page).waitFor();
  await screenshot(page, 'what a key for a user hears light');
  await assertAccessible(page, 'what a key that acts for a user hears');
  await apply(page);
  const key = await dialog.locator('code').first().innerText();
  await dialog.getByRole('button', { name: text('action.done') }).click();
  await page.getByText(text('keys_page.acts_for').replace('{{name}}', agent.name)).first().waitFor();
  const ask = (authorization) =>
    fetch(`${vault.url}/api/v1/conversations?limit=200`, { headers: { authorization } });
  const [theirs, own] = await Promise.all([ask(`Bearer ${key.trim()}`), ask(`Bearer ${agent.api_key}`)]);
  assert.equal(theirs.status, 200);
  assert.deepEqual(await theirs.json(), await own.json());
});
