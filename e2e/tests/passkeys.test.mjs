/** Passkeys in a browser with a device: added, used at every door, and refused. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { apply } from '../harness/effect.mjs';
import { addDevice } from '../harness/passkeys.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { pattern, text } from '../harness/texts.mjs';

const here = useVault({ named: true });
const PASSWORD = 'lantern-orchard-violet-58';

async function invited(vault, email, name, role) {
  return vault.api('admin', '/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email,
      name,
      assignments: [{ role, limit: 'none' }],
    }),
  });
}

const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();

async function comeIn(page, link) {
  await page.goto(link);
  await page.getByLabel(text('field.new_password')).fill(PASSWORD);
  await page.getByRole('button', { name: text('welcome.invitation.action') }).click();
  await inside(page);
}

async function typePassword(page, email) {
  await page.goto('/sign-in');
  await page.getByLabel(text('field.email')).fill(email);
  await page.getByLabel(text('field.password'), { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: text('sign_in.action'), exact: true }).click();
}

/** Adds a passkey on the account page; the recovery codes that come with it. */
async function addPasskey(page, name) {
  await page.goto('/account');
  await page.getByRole('button', { name: text('passkeys.add') }).click();
  const dialog = page.getByRole('dialog', { name: text('passkeys.add') });
  await dialog.getByLabel(text('passkeys.name'), { exact: true }).fill(name);
  await screenshot(page, `passkey ${name} named light`);
  await assertAccessible(page, 'naming a passkey');
  await dialog.getByRole('button', { name: text('passkeys.make') }).click();
  const shown = page.getByRole('dialog', { name: text('recovery.title') });
  await shown.getByText(text('recovery.once')).waitFor();
  const codes = await shown.locator('code').allInnerTexts();
  await shown.getByRole('button', { name: text('action.close') }).click();
  await page.getByText(name, { exact: true }).waitFor();
  return codes;
}

/** Somebody with a password and a passkey on a device of their own. */
async function owner({ vault, nobody }, email, name, role = 'supervisor', options = {}) {
  const { user, invitation_link: link } = await invited(vault, email, name, role);
  const page = await nobody();
  const device = await addDevice(page, options);
  await comeIn(page, link);
  const codes = await addPasskey(page, 'Laptop');
  return { page, device, codes, user };
}

async function signOut(page) {
  const left = await page.evaluate(async () => (await fetch('/api/v1/session', { method: 'DELETE' })).status);
  assert.equal(left, 204);
  await page.goto('/sign-in');
}

const byPasskey = (page) => page.getByRole('button', { name: text('passkeys.sign_in') });

claim('a passkey is added and signs in without a name or password', here, async (test) => {
  const { page, device } = await owner(test, 'ada.keys@example.org', 'Ada Keys');
  await screenshot(page, 'passkeys account light');
  await assertAccessible(page, 'the account page with a passkey');
  await signOut(page);
  await byPasskey(page).waitFor();
  await screenshot(page, 'passkeys sign-in light');
  await assertAccessible(page, 'signing in with a passkey');
  await byPasskey(page).click();
  await inside(page);
  const me = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
  assert.equal(me.user.email, 'ada.keys@example.org');
  assert.equal((await device.passkeys()).length, 1);
});

claim('a passkey is offered where the email is typed', here, async (test) => {
  const { page } = await owner(test, 'ian.keys@example.org', 'Ian Keys', 'agent', { whileTyping: true });
  await signOut(page);
  // Nothing is clicked: the browser asks the device, as it does when somebody chooses what it offers.
  await inside(page);
});

claim('a passkey that was removed, or is unknown, is refused in words', here, async (test) => {
  const { page, device } = await owner(test, 'ben.keys@example.org', 'Ben Keys');
  await page.getByRole('button', { name: pattern('account.rename_factor') }).click();
  const renaming = page.getByRole('dialog', { name: text('account.rename') });
  await renaming.getByLabel(text('passkeys.name'), { exact: true }).fill('Old laptop');
  await renaming.getByRole('button', { name: text('action.save') }).click();
  await page.getByText('Old laptop', { exact: true }).waitFor();
  await page.getByRole('button', { name: pattern('account.remove_factor') }).click();
  const dialog = page.getByRole('dialog', {
    name: text('passkeys.remove_title'),
  });
  await dialog.getByRole('button', { name: text('action.remove') }).click();
  await page.getByText(text('account.factor_removed')).waitFor();
  assert.equal((await device.passkeys()).length, 1, 'the device still has it');
  await signOut(page);
  await byPasskey(page).click();
  await page.getByText(text('passkeys.refused')).waitFor();
  await screenshot(page, 'passkeys refused light');
});

claim(
  'after a password the passkey is the second factor, and a recovery code stands in',
  here,
  async (test) => {
    const { page, codes } = await owner(test, 'cleo.keys@example.org', 'Cleo Keys');
    await signOut(page);
    await typePassword(page, 'cleo.keys@example.org');
    await page.getByText(text('steps.second_factor.passkey')).waitFor();
    await screenshot(page, 'passkeys second factor light');
    await assertAccessible(page, 'showing a passkey');
    await page.getByRole('button', { name: text('passkeys.show') }).click();
    await inside(page);
    // A phone without the passkey.
    const phone = await test.nobody(VIEWS.phone);
    await typePassword(phone, 'cleo.keys@example.org');
    await screenshot(phone, 'passkeys second factor phone');
    await assertAccessible(phone, 'showing a passkey on a phone');
    await phone.getByRole('button', { name: text('steps.use_recovery_code') }).click();
    await phone.getByLabel(text('field.recovery_code'), { exact: true }).fill(codes[0]);
    await phone.getByRole('button', { name: text('steps.action') }).click();
    await inside(phone);
    await phone.goto('/account');
    await phone.getByText('Laptop', { exact: true }).waitFor();
    await screenshot(phone, 'passkeys account phone');
    await assertAccessible(phone, 'the account page on a phone');
  },
);

claim('a sensitive change is proven with a passkey', here, async (test) => {
  const { page } = await owner(test, 'dora.keys@example.org', 'Dora Keys', 'admin');
  // An hour can't be waited for here: the first answer says what the server would say then.
  let asked = 0;
  await page.route('**/api/v1/api-keys', async (route) => {
    if (route.request().method() !== 'POST' || (asked += 1) > 1) return route.continue();
    const problem = {
      type: 'about:blank',
      title: 'x',
      status: 403,
      detail: 'x',
      code: 'step_up_needed',
    };
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
  await proof.getByRole('button', { name: text('passkeys.show') }).waitFor();
  await screenshot(page, 'passkeys prove light');
  await assertAccessible(page, 'proving with a passkey');
  await proof.getByRole('button', { name: text('passkeys.show') }).click();
  await apply(page);
  await dialog.locator('code').first().waitFor();
  assert.ok(asked > 2, 'asked once more what it does, and then carried out');
  page.complaints.length = 0;
});

claim('who is invited makes a passkey instead of a password', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invited(vault, 'elif.keys@example.org', 'Elif Keys', 'agent');
  const page = await nobody(VIEWS.phone);
  await addDevice(page);
  await page.goto(link);
  await page.getByRole('button', { name: text('welcome.invitation.use_passkey') }).click();
  await screenshot(page, 'passkeys invitation phone');
  await assertAccessible(page, 'an invitation with a passkey');
  await page.getByRole('button', { name: text('welcome.invitation.passkey_action') }).click();
  await inside(page);
  await page.goto('/account');
  await page.getByText(text('account.no_password')).waitFor();
  await page.getByRole('button', { name: pattern('account.remove_factor') }).click();
  const dialog = page.getByRole('dialog', {
    name: text('passkeys.remove_title'),
  });
  await dialog.getByRole('button', { name: text('action.remove') }).click();
  await page.getByText(/only way in/).waitFor();
  await signOut(page);
  await byPasskey(page).click();
  await inside(page);
});

claim('where everybody is asked, a passkey is set up at the door', here, async ({ vault, nobody }) => {
  const { invitation_link: link } = await invited(vault, 'finn.keys@example.org', 'Finn Keys', 'agent');
  await comeIn(await nobody(), link);
  const setting = (value) =>
    vault.api('admin', '/settings', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'if-match': '*' },
      body: JSON.stringify({ organisation: { second_factor: value } }),
    });
  await setting('always');
  try {
    const page = await nobody();
    await addDevice(page);
    await typePassword(page, 'finn.keys@example.org');
    await page.getByRole('heading', { name: text('steps.enrolment.title') }).waitFor();
    await screenshot(page, 'passkeys enrolment light');
    await assertAccessible(page, 'setting a second factor up at the door');
    await page.getByRole('button', { name: text('steps.enrolment.passkey') }).click();
    await page.getByLabel(text('recovery.kept')).check();
    await page.getByRole('button', { name: text('steps.action') }).click();
    await inside(page);
  } finally {
    await setting('off');
  }
});

claim('a device that did not verify its owner opens nothing', here, async (test) => {
  const { page, device } = await owner(test, 'gil.keys@example.org', 'Gil Keys');
  await signOut(page);
  await device.verifies(false);
  await byPasskey(page).click();
  await page.getByText(text('passkeys.trouble.cancelled')).waitFor();
  // Asked for no verification by a page that lies, the server still wants it.
  const status = await page.evaluate(async () => {
    const post = (path, body) =>
      fetch(`/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const question = await (await post('/session/passkey/options')).json();
    const options = { ...question.options, userVerification: 'discouraged' };
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const shown = await navigator.credentials.get({ publicKey });
    const { id, rawId, response, type } = shown.toJSON();
    const credential = { id, rawId, response, type };
    return (
      await post('/session/passkey', {
        challenge: question.challenge,
        credential,
      })
    ).status;
  });
  assert.equal(status, 401);
});

claim('a copy of a passkey is refused once its owner went on', here, async (test) => {
  const { page, device } = await owner(test, 'hana.keys@example.org', 'Hana Keys');
  const [copy] = await device.passkeys();
  await signOut(page);
  for (let times = 0; times < 2; times += 1) {
    await byPasskey(page).click();
    await inside(page);
    await signOut(page);
  }
  const thief = await test.nobody();
  const stolen = await addDevice(thief);
  await stolen.put(copy);
  await thief.goto('/sign-in');
  await byPasskey(thief).click();
  await thief.getByText(text('passkeys.refused')).waitFor();
});
