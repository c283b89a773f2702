/**
 * What only time brings: a session that ends because nobody did anything, proving anew after an hour, users who weren't
 * here for long. The server's clock is turned on, and the browser's with it.
 */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { pattern, text } from '../harness/texts.mjs';

const here = useVault({ turns: true });
const PASSWORD = 'lantern-orchard-violet-58';
const json = { 'content-type': 'application/json' };
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

const button = (page, key) => page.getByRole('button', { name: text(key), exact: true });
const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
const warning = (page) => page.getByRole('dialog', { name: text('idle.title') });

/**
 * Lets time pass, for the server and for those before these pages. What they asked for is answered first: an answer
 * from before would tell a page the time of then.
 */
async function pass(vault, seconds, ...pages) {
  for (const page of pages) while (page.unanswered.size > 0) await page.waitForTimeout(50);
  await vault.turn(seconds);
  for (const page of pages) await page.clock.fastForward(seconds * 1000);
}

async function invited(vault, email, name, role) {
  const body = JSON.stringify({ email, name, assignments: [{ role, limit: 'none' }] });
  return vault.api('admin', '/users', { method: 'POST', headers: json, body });
}

async function comeIn(vault, page, link) {
  await page.clock.install({ time: vault.now });
  await page.goto(link);
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await button(page, 'welcome.invitation.action').click();
  await inside(page);
}

async function typePassword(page, email) {
  await page.goto('/sign-in');
  await page.getByLabel(text('field.email')).fill(email);
  await page.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await button(page, 'sign_in.action').click();
}

const setting = (vault, body) =>
  vault.api('admin', '/settings', {
    method: 'PATCH',
    headers: { ...json, 'if-match': '*' },
    body: JSON.stringify({ organisation: body }),
  });

claim(
  'who does nothing is warned before the end, stays by a click, and is told after the end why',
  here,
  async ({ vault, nobody }) => {
    for (const [name, view] of Object.entries(VIEWS)) {
      const { invitation_link: link } = await invited(vault, `${name}@example.org`, `Ida ${name}`, 'analyst');
      const page = await nobody(view);
      await comeIn(vault, page, link);
      await pass(vault, 13 * MINUTE, page);
      assert.equal(await warning(page).count(), 0);
      // What a page asks by itself is no use of the session: only the click below is.
      await pass(vault, 70, page);
      await warning(page)
        .getByRole('timer')
        .filter({ hasText: pattern('idle.text_other') })
        .waitFor();
      await screenshot(page, `idle warning ${name}`);
      await assertAccessible(page, `the warning before the end, ${name}`);
      const told = page.waitForResponse(
        (answer) => answer.url().endsWith('/api/v1/session') && answer.request().method() === 'GET',
      );
      await warning(page)
        .getByRole('button', { name: text('idle.stay') })
        .last()
        .click();
      assert.equal((await told).request().headers()['soundkeep-background'], undefined);
      await warning(page).waitFor({ state: 'detached' });

      // It would have ended by now.
      await pass(vault, 5 * MINUTE, page);
      await page.reload();
      await inside(page);

      await pass(vault, 14 * MINUTE + 10, page);
      await warning(page).waitFor();
      await pass(vault, 2 * MINUTE, page);
      await page.waitForURL(/\/sign-in\?/);
      await page.getByText(text('idle.ended')).waitFor();
      assert.equal(await warning(page).count(), 0);
      await screenshot(page, `idle ended ${name}`);
      await assertAccessible(page, `the page after the end, ${name}`);
      const session = await page.evaluate(async () => (await fetch('/api/v1/session')).status);
      assert.equal(session, 401);
      // Where they were is where they go on.
      await page.getByLabel(text('field.email')).fill(`${name}@example.org`);
      await page.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
      await button(page, 'sign_in.action').click();
      await inside(page);
      page.complaints.length = 0;
    }
  },
);

claim(
  'an hour after they signed in, somebody is asked who they are, once',
  here,
  async ({ vault, nobody }) => {
    const { invitation_link: link } = await invited(vault, 'uma@example.org', 'Uma Keller', 'admin');
    const page = await nobody();
    await comeIn(vault, page, link);
    // They go on working meanwhile.
    for (let quarter = 0; quarter < 5; quarter += 1) {
      await pass(vault, 13 * MINUTE, page);
      await page.getByRole('heading', { level: 1, name: text('list.title') }).click();
      await page.reload();
      await inside(page);
    }
    await page.goto('/settings');
    await page.getByRole('textbox', { name: 'Sign out in any case after' }).fill('9');
    // What a change would do is told to nobody else, either.
    const proof = page.getByRole('dialog', { name: text('prove.title') });
    await proof.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: text('settings.update'), disabled: false }).click();
    await page.getByText(text('settings.saved')).waitFor();
    await page.getByRole('textbox', { name: 'Sign out in any case after' }).fill('12');
    await page.getByRole('button', { name: text('settings.update'), disabled: false }).click();
    await page.getByText(text('settings.saved')).last().waitFor();
    assert.equal(await proof.count(), 0);
    page.complaints.length = 0;
  },
);

claim(
  'who was not here for long is kept out with the reason until an administrator lets them in again',
  here,
  async ({ vault, nobody, signIn }) => {
    const { user, invitation_link: link } = await invited(vault, 'pia@example.org', 'Pia Stern', 'analyst');
    await comeIn(vault, await nobody(), link);
    await setting(vault, { inactive_days: 1, inactive_refused: true });
    await vault.turn(2 * DAY);
    const page = await nobody();
    await typePassword(page, 'pia@example.org');
    await page.getByText(/your account is inactive: ask an administrator to let you in again/i).waitFor();
    await screenshot(page, 'inactive at the door light');
    await assertAccessible(page, 'an inactive user at the door');

    // The demo's administrator comes anew: their session ended long ago.
    const admin = await nobody();
    await admin.goto(vault.user('admin').sign_in_link);
    await admin.getByRole('button', { name: text('welcome.demo.action') }).click();
    await inside(admin);
    await admin.goto(`/users/${user.id}`);
    await admin.getByText(text('users.inactive'), { exact: true }).waitFor();
    await button(admin, 'users.let_in').click();
    await admin.getByText(text('state.saved')).waitFor();
    await typePassword(page, 'pia@example.org');
    await inside(page);
    await setting(vault, { inactive_days: null, inactive_refused: null });
    page.complaints.length = 0;
  },
);
