/** Signing in through providers alone: switched on in the console, what it closes, and the way back. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { beAtProvider, CLIENT, startOpenId } from '../harness/openid.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault({ environment: { SOUNDKEEP_OUTBOUND_NETWORKS: '127.0.0.0/8' } });
const PASSWORD = 'lantern-orchard-violet-58';
const json = { 'content-type': 'application/json' };
const person = (email, name) => [email, { email, email_verified: true, name }];
const people = Object.fromEntries([
  person('uma@works.example', 'Uma Keller'),
  person('ole@works.example', 'Ole Dahl'),
]);
let openid;
after(() => openid?.stop());
/** What was shown once, for the test after it. */
const kept = { codes: [], late: null };

const button = (page, key, parameters) =>
  page.getByRole('button', { name: text(key, parameters), exact: true });
const field = (page, key) => page.getByLabel(text(key), { exact: true });
const heading = (page, key) => page.getByRole('heading', { name: text(key) });
const inside = (page) => page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
const only = 'Sign in through identity providers alone';
const toggle = (page) => page.getByRole('switch', { name: only });
const update = (page) => button(page, 'settings.update');

async function invited(vault, email, name, role) {
  const body = JSON.stringify({ email, name, assignments: [{ role, limit: 'none' }] });
  return vault.api('admin', '/users', { method: 'POST', headers: json, body });
}

async function choosePassword(page, link) {
  await page.goto(link);
  await field(page, 'field.new_password').fill(PASSWORD);
  await button(page, 'welcome.invitation.action').click();
}

async function typePassword(page, email) {
  await page.goto('/sign-in');
  await field(page, 'field.email').fill(email);
  await field(page, 'field.email').press('Tab');
  // What was found for the address is shown before; whoever wants the password types it all the same.
  await page.getByRole('button', { name: text('sso.continue', { name: 'Works' }) }).waitFor();
  await field(page, 'field.password').fill(PASSWORD);
  await button(page, 'sign_in.action').click();
}

async function comeThrough(page, email) {
  await page.goto('/sign-in');
  await field(page, 'field.email').fill(email);
  await field(page, 'field.email').press('Tab');
  await page.getByRole('button', { name: text('sso.continue', { name: 'Works' }) }).click();
  await beAtProvider(page);
}

/** Tries to switch it on; what is said about it. */
async function tryIt(page) {
  await page.goto('/settings');
  await toggle(page).check({ force: true });
  await page.getByText('Test a sign-in through your provider first', { exact: false }).waitFor();
  await page.getByRole('button', { name: text('settings.update'), disabled: false }).click();
}

claim(
  'only providers let in once one was tested and the way back is there, and the codes are shown once',
  here,
  async ({ vault, nobody }) => {
    const { invitation_link: link } = await invited(vault, 'uma@works.example', 'Uma Keller', 'admin');
    const ole = await invited(vault, 'ole@works.example', 'Ole Dahl', 'agent');
    const late = await invited(vault, 'late@works.example', 'Late Comer', 'agent');
    kept.late = late.invitation_link;
    const other = await nobody();
    await choosePassword(other, ole.invitation_link);
    await inside(other);
    const page = await nobody();
    await choosePassword(page, link);
    await inside(page);
    await tryIt(page);
    await page
      .getByText(/first switch an identity provider on through which a test sign-in passed/i)
      .first()
      .waitFor();
    await screenshot(page, 'providers alone too early light');
    await assertAccessible(page, 'providers alone before a test');

    openid = await startOpenId({ people, vault: vault.url, slug: 'works' });
    const wish = {
      slug: 'works',
      name: 'Works',
      guide: 'other',
      protocol: 'oidc',
      domains: ['works.example'],
      oidc: { issuer: openid.issuer, client_id: CLIENT.id, scopes: ['email', 'profile'] },
      client_secret: CLIENT.secret,
    };
    const made = await vault.api('admin', '/identity-providers', {
      method: 'POST',
      headers: json,
      body: JSON.stringify(wish),
    });
    await button(page, 'settings.discard').click();
    await page.goto(`/sign-in-providers/${made.id}`);
    await button(page, 'sso.test.action').click();
    await beAtProvider(page, 'uma@works.example');
    await page.getByText(text('sso.test.passed'), { exact: true }).waitFor();
    await button(page, 'sso.switch_on').click();
    await page.getByText(text('sso.switched_on', { name: 'Works' })).waitFor();
    await tryIt(page);
    await page
      .getByText(/have a password and recovery codes first/i)
      .first()
      .waitFor();
    await button(page, 'settings.discard').click();
    await page.goto('/account');
    await button(page, 'recovery.renew').click();
    const shown = page.getByRole('dialog', { name: text('recovery.title') });
    await shown.getByText(text('recovery.once')).waitFor();
    kept.codes = await shown.locator('code').allInnerTexts();
    assert.equal(kept.codes.length, 10);
    await shown.getByRole('button', { name: text('action.close') }).click();
    await page.reload();
    await page.getByText('10 left').waitFor();
    for (const code of kept.codes) assert.equal(await page.getByText(code).count(), 0);

    await tryIt(page);
    await page.getByText(text('settings.saved')).waitFor();
    await page.reload();
    await toggle(page).waitFor();
    assert.ok(await toggle(page).isChecked());
    await page.getByText('Test a sign-in through your provider first', { exact: false }).waitFor();
    await screenshot(page, 'providers alone on light');
    await assertAccessible(page, 'providers alone');

    // Whoever is in stays in.
    await other.reload();
    await inside(other);
    page.complaints.length = 0;
  },
);

claim(
  'a password and an invitation lead nobody in then, and the provider does',
  here,
  async ({ vault, nobody }) => {
    const page = await nobody();
    await typePassword(page, 'ole@works.example');
    await page.getByText(/signs in through its identity provider alone/i).waitFor();
    await screenshot(page, 'password refused light');
    await assertAccessible(page, 'a password where providers alone let in');

    const invitee = await nobody(VIEWS.phone);
    await choosePassword(invitee, kept.late);
    await invitee.getByText(/signs in through its identity provider alone/i).waitFor();
    await screenshot(invitee, 'invitation refused phone');
    await assertAccessible(invitee, 'an invitation where providers alone let in');
    await invitee.getByRole('link', { name: text('welcome.to_sign_in') }).click();
    await heading(invitee, 'sign_in.title').waitFor();

    await comeThrough(page, 'ole@works.example');
    await inside(page);
    // A sensitive change, long after: they are sent to the provider, and their password isn't asked for.
    await page.route('**/api/v1/account/factors', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const problem = { type: 'about:blank', title: 'x', status: 403, detail: 'x', code: 'step_up_needed' };
      return route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify(problem),
      });
    });
    await page.goto('/account');
    await button(page, 'account.add_app').click();
    const dialog = page.getByRole('dialog', { name: text('prove.title') });
    await dialog.getByRole('button', { name: text('sso.prove.action', { name: 'Works' }) }).waitFor();
    assert.equal(await dialog.getByLabel(text('field.password'), { exact: true }).count(), 0);
    const asked = await page.evaluate(async (password) => {
      const answer = await fetch('/api/v1/session/step-up', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ password }),
      });
      return answer.status;
    }, PASSWORD);
    assert.equal(asked, 409);
    page.complaints.length = 0;
    invitee.complaints.length = 0;
  },
);

claim(
  'the way back is a password with a recovery code, typed in the browser, and the code is used up',
  here,
  async ({ nobody }) => {
    for (const [name, view] of Object.entries(VIEWS)) {
      const door = await nobody(view);
      await typePassword(door, 'uma@works.example');
      await heading(door, 'steps.way_back.title').waitFor();
      await screenshot(door, `way back ${name}`);
      await assertAccessible(door, `the way back, ${name}`);
    }
    const page = await nobody();
    await typePassword(page, 'uma@works.example');
    await heading(page, 'steps.way_back.title').waitFor();
    await field(page, 'field.recovery_code').fill('AAAA-BBBB');
    await button(page, 'steps.action').click();
    await page.getByText(/none of your recovery codes/i).waitFor();
    const [code] = kept.codes;
    await field(page, 'field.recovery_code').fill(code.toLowerCase());
    await page.keyboard.press('Enter');
    await inside(page);
    await page.goto('/account');
    await page.getByText('9 left').waitFor();

    const again = await nobody();
    await typePassword(again, 'uma@works.example');
    await field(again, 'field.recovery_code').fill(code);
    await button(again, 'steps.action').click();
    await again.getByText(/none of your recovery codes/i).waitFor();

    // They let people sign in with passwords again.
    await page.goto('/settings');
    await toggle(page).uncheck({ force: true });
    await page.getByRole('button', { name: text('settings.update'), disabled: false }).click();
    await page.getByText(text('settings.saved')).waitFor();
    const ole = await nobody();
    await typePassword(ole, 'ole@works.example');
    await inside(ole);
  },
);

claim(
  'whoever is in through a provider that is switched off stays in, until their sessions are ended',
  here,
  async ({ vault, nobody, signIn }) => {
    const page = await nobody();
    await comeThrough(page, 'ole@works.example');
    await inside(page);
    const desk = await nobody();
    await typePassword(desk, 'ole@works.example');
    await inside(desk);
    const admin = await signIn('admin');
    const { items } = await vault.api('admin', '/identity-providers');
    const works = items.find(({ slug }) => slug === 'works');
    await admin.goto(`/sign-in-providers/${works.id}`);
    await button(admin, 'sso.switch_off').click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByText(text('sso.switch_off_text')).waitFor();
    await dialog.getByRole('button', { name: text('sso.switch_off') }).click();
    await admin.getByText(text('sso.switched_off', { name: 'Works' })).waitFor();
    await page.reload();
    await inside(page);

    await button(admin, 'sso.end_sessions').click();
    await dialog.getByText(text('sso.end_sessions_text_off')).waitFor();
    await screenshot(admin, 'end sessions of provider light');
    await assertAccessible(admin, 'ending the sessions of a provider');
    await dialog.getByRole('button', { name: text('sso.end_sessions') }).click();
    await admin.getByText(text('sso.sessions_ended', { name: 'Works' })).waitFor();
    await page.goto('/conversations');
    await page.waitForURL(/\/sign-in/);
    await desk.reload();
    await inside(desk);
    page.complaints.length = 0;
  },
);
