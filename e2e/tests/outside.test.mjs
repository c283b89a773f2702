/** Coming from outside of the organisation's networks: who may, with what, and who is shut out, in the server's words. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { apply, effectDialog } from '../harness/effect.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

// The browser says where it comes from, as a proxy does.
const here = useVault({ environment: { SOUNDKEEP_TRUSTED_PROXIES: '127.0.0.0/8' } });
const PASSWORD = 'lantern-orchard-violet-58';
const OUTSIDE = '203.0.113.9';
const from = (address, view = VIEWS.light) => ({
  ...view,
  extraHTTPHeaders: { 'x-forwarded-for': address },
});
const json = (method, body) => ({
  method,
  headers: { 'content-type': 'application/json', 'if-match': '*' },
  body: JSON.stringify(body),
});
const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
const field = (page, key) => page.getByLabel(text(key), { exact: true });

let lastStep = 0;
/** What an authenticator app of this secret shows, by somebody else's program; a step is used once. */
function code(secret) {
  lastStep = Math.max(lastStep + 1, Math.floor(Date.now() / 1000 / 30) - 1);
  const typed = secret.replaceAll(' ', '');
  const now = `@${lastStep * 30}`;
  return execFileSync('oathtool', ['--totp', '--base32', '--now', now, typed], { encoding: 'utf8' }).trim();
}

async function typePassword(page, email) {
  await page.goto('/sign-in');
  await field(page, 'field.email').fill(email);
  await field(page, 'field.password').fill(PASSWORD);
  await page.getByRole('button', { name: text('sign_in.action') }).click();
}

claim(
  'an app that was set up inside lets somebody in from outside, until their role lets nobody in from there',
  here,
  async ({ vault, nobody, signIn }) => {
    const role = await vault.api(
      'admin',
      '/roles',
      json('POST', { name: 'Traveller', clone_of: 'analyst', permissions: { 'remote_access.use': 'yes' } }),
    );
    const { invitation_link: link } = await vault.api(
      'admin',
      '/users',
      json('POST', {
        email: 'ida@example.org',
        name: 'Ida Brandt',
        assignments: [{ role: role.key, limit: 'none' }],
      }),
    );
    await vault.api(
      'admin',
      '/settings',
      json('PATCH', {
        organisation: { console_networks: ['127.0.0.0/8', '10.0.0.0/8'], second_factor: 'outside' },
      }),
    );
    // Inside nobody is asked for a second factor.
    const desk = await nobody(from('10.1.2.3'));
    await desk.goto(link);
    await desk.getByLabel(text('field.new_password')).fill(PASSWORD);
    await desk.getByRole('button', { name: text('welcome.invitation.action') }).click();
    await inside(desk);
    // Out there a password alone isn't enough to set one up with.
    const early = await nobody(from(OUTSIDE, VIEWS.phone));
    await typePassword(early, 'ida@example.org');
    await early.getByText(new RegExp(OUTSIDE.replaceAll('.', '\\.'))).waitFor();
    await screenshot(early, 'refused from outside phone');
    await assertAccessible(early, 'a password from outside');

    await desk.goto('/account');
    await desk.getByRole('button', { name: text('account.add_app') }).click();
    const dialog = desk.getByRole('dialog', { name: text('account.add_app') });
    const secret = await dialog.locator('code').innerText();
    await field(dialog, 'field.code').fill(code(secret));
    await dialog.getByRole('button', { name: text('account.confirm_app') }).click();
    const shown = desk.getByRole('dialog', { name: text('recovery.title') });
    await shown.getByRole('button', { name: text('action.close') }).click();

    const page = await nobody(from(OUTSIDE));
    await typePassword(page, 'ida@example.org');
    await page.getByRole('heading', { name: text('steps.second_factor.title') }).waitFor();
    await field(page, 'field.code').fill(code(secret));
    await page.keyboard.press('Enter');
    await inside(page);

    const admin = await signIn('admin');
    await admin.goto(`/roles/${role.key}`);
    const line = admin.getByRole('radiogroup', { name: 'sign in from outside the management network' });
    await line.getByRole('radio', { name: text('role.word.no'), exact: true }).check({ force: true });
    const bar = admin.getByRole('region', { name: text('role.changes') });
    await bar.getByRole('button', { name: text('role.save') }).click();
    await effectDialog(admin)
      .or(admin.getByText(text('role.saved')))
      .first()
      .waitFor();
    if (await effectDialog(admin).isVisible()) await apply(admin);
    await admin.getByText(text('role.saved')).waitFor();
    // Out there they are shut out at once, and told the address that counts; inside they go on.
    await page.reload();
    await page
      .getByText(new RegExp(OUTSIDE.replaceAll('.', '\\.')))
      .first()
      .waitFor();
    await screenshot(page, 'shut out light');
    await assertAccessible(page, 'somebody who is shut out');
    await desk.goto('/conversations');
    await inside(desk);
    for (const one of [early, page]) one.complaints.length = 0;
  },
);
