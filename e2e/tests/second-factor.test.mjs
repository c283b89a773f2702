/** Second factors, recovery codes, passwords, and proving oneself anew. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { apply } from '../harness/effect.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const PASSWORD = 'lantern-orchard-violet-58';
const LATER = 'copper-harbour-meadow-31';
const stepSeconds = 30;

/** What an authenticator app of this secret shows, by somebody else's program; a step is used once. */
const lastSteps = new Map();
function code(secret) {
  const step = Math.max((lastSteps.get(secret) ?? 0) + 1, Math.floor(Date.now() / 1000 / stepSeconds) - 1);
  lastSteps.set(secret, step);
  const now = `@${step * stepSeconds}`;
  return execFileSync('oathtool', ['--totp', '--base32', '--now', now, secret.replaceAll(' ', '')], {
    encoding: 'utf8',
  }).trim();
}

async function invited(vault, email, name, role) {
  return vault.api('admin', '/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, name, assignments: [{ role, limit: 'none' }] }),
  });
}

async function comeIn(page, link) {
  await page.goto(link);
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
}

async function typePassword(page, email, password) {
  await page.goto('/sign-in');
  await page.getByLabel(text('field.email')).fill(email);
  await page.getByLabel(text('field.password'), { exact: true }).fill(password);
  await page.getByRole('button', { name: text('sign_in.action') }).click();
}

const typeCode = async (page, typed) => {
  await page.getByLabel(text('field.code'), { exact: true }).fill(typed);
};
const goOn = (page) => page.getByRole('button', { name: text('steps.action') }).click();
const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();

/** Sets an app up on the account page; answers its secret and the recovery codes. */
async function setUp(page) {
  await page.goto('/account');
  await page.getByRole('button', { name: text('account.add_app') }).click();
  const dialog = page.getByRole('dialog', { name: text('account.add_app') });
  const secret = await dialog.locator('code').innerText();
  await dialog.getByRole('img', { name: text('steps.qr') }).waitFor();
  await screenshot(page, 'second factor set up light');
  await assertAccessible(page, 'setting an app up');
  await typeCode(dialog, '000000');
  await dialog.getByRole('button', { name: text('account.confirm_app') }).click();
  await dialog.getByText(/code isn.t right/i).waitFor();
  await typeCode(dialog, code(secret));
  await dialog.getByRole('button', { name: text('account.confirm_app') }).click();
  const shown = page.getByRole('dialog', { name: text('recovery.title') });
  await shown.getByText(text('recovery.once')).waitFor();
  await screenshot(page, 'recovery codes light');
  const codes = await shown.locator('code').allInnerTexts();
  assert.equal(codes.length, 10);
  await shown.getByRole('button', { name: text('action.close') }).click();
  return { secret, codes };
}

claim('an app is set up, asked for, and stood in for by a recovery code', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invited(vault, 'ida@example.org', 'Ida Brandt', 'supervisor');
  const page = await nobody();
  await comeIn(page, link);
  const { secret, codes } = await setUp(page);
  await page.getByText(text('account.app'), { exact: true }).waitFor();
  await screenshot(page, 'account light');
  await assertAccessible(page, 'the account page');

  const other = await nobody(VIEWS.phone);
  await typePassword(other, 'ida@example.org', PASSWORD);
  await other.getByRole('heading', { name: text('steps.second_factor.title') }).waitFor();
  await screenshot(other, 'second factor phone');
  await assertAccessible(other, 'showing a second factor');
  await typeCode(other, '000000');
  await goOn(other);
  await other.getByText(/code isn.t right/i).waitFor();
  // By the keyboard alone: the field has the focus.
  await other.getByLabel(text('field.code'), { exact: true }).fill(code(secret));
  await other.keyboard.press('Enter');
  await inside(other);

  const third = await nobody();
  await typePassword(third, 'ida@example.org', PASSWORD);
  await third.getByRole('button', { name: text('steps.use_recovery_code') }).click();
  await third.getByLabel(text('field.recovery_code'), { exact: true }).fill(codes[0].toLowerCase());
  await goOn(third);
  await inside(third);
  await third.goto('/account');
  await third.getByText('9 left').waitFor();
});

claim('five wrong codes end a sign-in, which begins anew', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invited(vault, 'lea@example.org', 'Lea Winter', 'agent');
  const page = await nobody();
  await comeIn(page, link);
  await setUp(page);
  const other = await nobody();
  await typePassword(other, 'lea@example.org', PASSWORD);
  await other.getByRole('heading', { name: text('steps.second_factor.title') }).waitFor();
  for (let tried = 1; tried <= 5; tried += 1) {
    await typeCode(other, `00000${tried}`);
    const answered = other.waitForResponse((response) => response.url().endsWith('/session/step'));
    await goOn(other);
    assert.equal((await answered).status(), tried < 5 ? 422 : 401);
  }
  await other.getByRole('heading', { name: text('steps.over.title') }).waitFor();
  await other.getByRole('button', { name: text('steps.over.action') }).click();
  await other.getByLabel(text('field.email')).waitFor();
});

claim(
  'a weak password is refused with the reason, and another ends other sessions',
  here,
  async ({ vault, nobody }) => {
    const { invitation_link: link } = await invited(vault, 'tom@example.org', 'Tom Reed', 'analyst');
    const page = await nobody();
    await page.goto(link);
    await page.getByLabel(text('field.new_password')).fill('qwertyuiopasdfgh');
    await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
    await page.getByText(/easy to guess/i).waitFor();
    await screenshot(page, 'weak password light');
    await comeIn(page, link);
    const elsewhere = await nobody();
    await typePassword(elsewhere, 'tom@example.org', PASSWORD);
    await inside(elsewhere);
    await page.goto('/account');
    await page.getByLabel(text('account.current_password'), { exact: true }).fill(PASSWORD);
    await page.getByLabel(text('field.new_password')).fill(PASSWORD);
    await page.getByRole('button', { name: text('account.change_password') }).click();
    await page.getByText(/used this one before/i).waitFor();
    await page.getByLabel(text('field.new_password')).fill(LATER);
    await page.getByRole('button', { name: text('account.change_password') }).click();
    await page.getByText(text('account.password_changed')).waitFor();
    await elsewhere.goto('/conversations');
    await elsewhere.waitForURL(/\/sign-in/);
    await typePassword(elsewhere, 'tom@example.org', LATER);
    await inside(elsewhere);
  },
);

claim('a sensitive change asks for a proof and is carried out after it', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invited(vault, 'uma@example.org', 'Uma Keller', 'admin');
  const page = await nobody();
  await comeIn(page, link);
  // An hour can't be waited for here: the first answer says what the server would say then.
  let asked = 0;
  await page.route('**/api/v1/api-keys', async (route) => {
    if (route.request().method() !== 'POST' || (asked += 1) > 1) return route.continue();
    const problem = { type: 'about:blank', title: 'x', status: 403, detail: 'x', code: 'step_up_needed' };
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    });
  });
  await page.goto('/api-keys');
  await page.getByRole('button', { name: text('keys_page.create') }).click();
  const dialog = page.getByRole('dialog', { name: text('keys_page.create') });
  await dialog.getByLabel(text('keys_page.name'), { exact: true }).fill('Archive');
  await dialog.getByRole('combobox', { name: text('keys_page.role') }).click();
  await page.getByRole('option', { name: 'Agent', exact: true }).click();
  await dialog.getByRole('button', { name: text('keys_page.create') }).click();
  const proof = page.getByRole('dialog', { name: text('prove.title') });
  await proof.getByLabel(text('field.password'), { exact: true }).fill('wrong-orchard-violet-58');
  await screenshot(page, 'prove light');
  await assertAccessible(page, 'proving who one is');
  await proof.getByRole('button', { name: text('prove.action') }).click();
  await proof.getByText(/isn.t your password/i).waitFor();
  await proof.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await apply(page);
  await dialog.locator('code').first().waitFor();
  assert.ok(asked > 2, 'asked once more what it does, and then carried out');
  page.complaints.length = 0;
});

claim(
  'where everybody is asked, an app is set up at the next sign-in, and an administrator resets it',
  here,
  async ({ vault, nobody, signIn }) => {
    const { user, invitation_link: link } = await invited(vault, 'kim@example.org', 'Kim Soler', 'agent');
    await comeIn(await nobody(), link);
    const setting = async (value) => {
      await vault.api('admin', '/settings', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', 'if-match': '*' },
        body: JSON.stringify({ organisation: { second_factor: value } }),
      });
    };
    await setting('always');
    const page = await nobody();
    await typePassword(page, 'kim@example.org', PASSWORD);
    await page.getByRole('heading', { name: text('steps.enrolment.title') }).waitFor();
    await screenshot(page, 'enrolment light');
    await assertAccessible(page, 'setting an app up at the door');
    await typeCode(page, code(await page.locator('code').first().innerText()));
    await goOn(page);
    await page.getByRole('heading', { name: text('steps.recovery_codes.title') }).waitFor();
    await screenshot(page, 'recovery codes at the door light');
    await page.getByLabel(text('recovery.kept')).check();
    await goOn(page);
    await inside(page);
    await setting('off');
    const admin = await signIn('admin');
    await admin.goto(`/users/${user.id}`);
    await admin.getByRole('button', { name: text('users.reset_second_factor') }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByRole('button', { name: text('users.reset_second_factor') }).click();
    await admin.getByText(text('users.second_factor_reset')).waitFor();
    const again = await nobody();
    await typePassword(again, 'kim@example.org', PASSWORD);
    await inside(again);
  },
);
