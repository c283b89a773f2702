/** Signing in through a real OpenID provider: set up in the console, tried, used, proven anew, and left. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { apply } from '../harness/effect.mjs';
import { beAtProvider, CLIENT, startOpenId } from '../harness/openid.mjs';
import { eventually } from '../harness/player.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault({ environment: { SOUNDKEEP_OUTBOUND_NETWORKS: '127.0.0.0/8' } });
const people = {
  'nadia@works.example': {
    email: 'nadia@works.example',
    email_verified: true,
    name: 'Nadia Berg',
    groups: ['quality', 'lunch'],
  },
  'otto@works.example': { email: 'otto@works.example', email_verified: true, name: 'Otto Ruiz', groups: [] },
  'eve@elsewhere.example': { email: 'eve@elsewhere.example', email_verified: true, name: 'Eve' },
};
let openid;
after(() => openid?.stop());

const button = (page, key, parameters) =>
  page.getByRole('button', { name: text(key, parameters), exact: true });
const field = (page, key) => page.getByLabel(text(key), { exact: true });
const title = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const inside = (page) => title(page, text('list.title'));
const begin = text('sso.continue', { name: 'Works' });

async function providerId(vault) {
  const { items } = await vault.api('admin', '/identity-providers');
  return items.find(({ slug }) => slug === 'works').id;
}

/** Types an address on the sign-in page, and goes where that leads. */
async function comeThrough(page, email, { as = null, to = null } = {}) {
  await page.goto(to === null ? '/sign-in' : `/sign-in?next=${encodeURIComponent(to)}`);
  await field(page, 'field.email').fill(email);
  await field(page, 'field.email').press('Tab');
  await page.getByRole('button', { name: begin }).click();
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  await beAtProvider(page, as);
}

async function choose(page, within, name, option) {
  await within.getByRole('combobox', { name, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

claim(
  'a sign-in provider is set up, tried and switched on in the console',
  here,
  async ({ vault, signIn }) => {
    openid = await startOpenId({ people, vault: vault.url, slug: 'works' });
    const page = await signIn('admin');
    await page.goto('/sign-in-providers');
    await page.getByText(text('sso.empty.title')).waitFor();
    await assertAccessible(page, 'no sign-in provider');
    await page.getByRole('link', { name: text('sso.add') }).click();
    await title(page, text('sso.add'));
    await page.getByRole('radio', { name: text('sso.guides.entra') }).check();
    assert.equal(await field(page, 'sso.claim.email_claim').inputValue(), 'preferred_username');
    await page.getByRole('radio', { name: text('sso.guides.google') }).check();
    assert.equal(await field(page, 'sso.issuer').inputValue(), 'https://accounts.google.com');
    assert.equal(await field(page, 'sso.claim.groups_claim').inputValue(), '');
    await page.getByRole('radio', { name: text('sso.guides.other') }).check();
    await field(page, 'sso.name').fill('Works');
    await field(page, 'sso.slug').fill('works');
    await page.getByText(`${vault.url}/oidc/works/callback`).waitFor();
    await field(page, 'sso.issuer').fill(`${openid.issuer}/`);
    await field(page, 'sso.client_id').fill(CLIENT.id);
    await field(page, 'sso.client_secret').fill('not the secret');
    await page.getByRole('combobox', { name: text('sso.domains') }).fill('works.example');
    await page.keyboard.press('Enter');
    await page.getByLabel(text('sso.creates_users'), { exact: true }).check();
    await button(page, 'sso.mapping_add').click();
    const mapping = page.getByRole('group', { name: text('sso.mapping', { number: 1 }) });
    await mapping.getByLabel(text('sso.mapping_value')).fill('quality');
    await choose(page, mapping, text('assignment.role'), 'Analyst');
    await screenshot(page, 'provider new light');
    await assertAccessible(page, 'adding a sign-in provider');
    await button(page, 'role.save').click();
    await title(page, 'Works');

    // The provider names itself without the slash.
    await button(page, 'sso.test.action').click();
    await page.getByText(/names itself otherwise/).waitFor();
    await field(page, 'sso.issuer').fill(openid.issuer);
    await button(page, 'role.save').click();
    await page.getByText(text('state.saved')).waitFor();

    await button(page, 'sso.switch_on').click();
    await page.getByText(/test the sign-in/i).waitFor();
    await button(page, 'sso.test.action').click();
    await beAtProvider(page, 'nadia@works.example');
    await page.getByText(/are client id and secret right/).waitFor();
    await screenshot(page, 'provider test failed light');
    await field(page, 'sso.client_secret').fill(CLIENT.secret);
    await button(page, 'role.save').click();
    await page.getByText(text('state.saved')).waitFor();
    await button(page, 'sso.test.action').click();
    await page.waitForURL(/\?tested=1/);
    await page.getByText(text('sso.test.passed'), { exact: true }).waitFor();
    await page.getByText(`nadia@works.example (${text('sso.test.made')})`).waitFor();
    await page.getByText(/quality: role Analyst/).waitFor();
    await page.getByText(`lunch: ${text('sso.test.gives_nothing')}`).waitFor();
    await page.getByRole('rowheader', { name: 'email_verified' }).waitFor();
    // Asked for how old a sign-in may be, it says how old this one is: people can confirm sensitive changes there.
    await page.getByRole('rowheader', { name: 'auth_time' }).waitFor();
    assert.equal(await page.getByText(text('sso.test.says_no_when')).count(), 0);
    await screenshot(page, 'provider tested light');
    await assertAccessible(page, 'a tested sign-in provider');
    await button(page, 'sso.switch_on').click();
    await page.getByText(text('sso.switched_on', { name: 'Works' })).waitFor();
    await page.goto('/sign-in-providers');
    await page.getByRole('cell', { name: text('sso.state.on'), exact: true }).waitFor();
    await assertAccessible(page, 'the sign-in providers');
    await screenshot(page, 'providers light');
    await page.goto('/integrations');
    await page.getByRole('link', { name: 'Works' }).waitFor();
    await page.getByText(text('sso.state.on'), { exact: true }).waitFor();
    await screenshot(page, 'integrations light');
    await assertAccessible(page, 'the integrations');
    await page.getByRole('button', { name: text('integrations.test_named', { name: 'Works' }) }).click();
    // The provider knows them already.
    await page.getByText(text('sso.test.passed'), { exact: true }).waitFor();

    for (const view of ['dark', 'phone']) {
      const other = await signIn('admin', VIEWS[view]);
      await other.goto(`/sign-in-providers/${await providerId(vault)}?tested=1`);
      await other.getByText(text('sso.test.passed'), { exact: true }).waitFor();
      await screenshot(other, `provider tested ${view}`);
      await assertAccessible(other, `a tested sign-in provider, ${view}`);
      await other.goto('/sign-in-providers/new');
      await title(other, text('sso.add'));
      await screenshot(other, `provider new ${view}`);
      await assertAccessible(other, `adding a sign-in provider, ${view}`);
    }
  },
);

claim(
  'somebody comes in through a provider, is made with what their groups give, and stays the same person',
  here,
  async ({ vault, nobody, signIn }) => {
    const page = await nobody();
    const asked = [];
    page.on('request', (request) => request.url().endsWith('/session/ways') && asked.push(request.url()));
    await page.goto('/sign-in');
    await field(page, 'field.email').pressSequentially('nadia@works.example');
    assert.deepEqual(asked, []);
    await field(page, 'field.email').press('Tab');
    await page.getByRole('button', { name: begin }).waitFor();
    assert.equal(asked.length, 1);
    await screenshot(page, 'sign in with provider light');
    await assertAccessible(page, 'signing in through a provider');
    await page.getByRole('button', { name: begin }).click();
    // The provider knows who is coming.
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await beAtProvider(page);
    await inside(page);
    await page.getByRole('button', { name: /Nadia Berg/ }).waitFor();

    const again = await nobody(VIEWS.phone);
    await comeThrough(again, 'NADIA@works.example', { as: 'nadia@works.example' });
    await inside(again);
    const { items } = await vault.api('admin', '/users?q=nadia');
    assert.equal(items.length, 1);
    assert.deepEqual(
      items[0].assignments.map(({ role }) => role.key),
      ['analyst'],
    );
    assert.deepEqual(items[0].identities, [{ provider: 'Works', slug: 'works' }]);

    const admin = await signIn('admin');
    await admin.goto(`/users/${items[0].id}`);
    await admin.getByRole('heading', { name: text('sso.user.title') }).waitFor();
    await admin.getByText('Works', { exact: true }).waitFor();
    await screenshot(admin, 'user of provider light');
    await assertAccessible(admin, 'a user who comes in through a provider');
  },
);

claim(
  'a domain that a provider does not vouch for, turning back, and another browser are refused in words',
  here,
  async ({ nobody }) => {
    const page = await nobody();
    await comeThrough(page, 'otto@works.example', { as: 'eve@elsewhere.example' });
    await page.getByRole('alert').getByText(text('sso.problem.domain')).waitFor();
    await page.waitForURL(/\/sign-in$/);
    await screenshot(page, 'sign in problem light');
    await assertAccessible(page, 'a sign-in that a provider could not complete');

    const declined = await nobody();
    await declined.goto('/sign-in');
    await field(declined, 'field.email').fill('otto@works.example');
    await field(declined, 'field.email').press('Tab');
    await declined.getByRole('button', { name: begin }).click();
    await declined.getByRole('button', { name: 'No', exact: true }).click();
    await declined.getByText(text('sso.problem.declined')).waitFor();

    // Somebody hands the end of their own sign-in to another browser.
    const thief = await nobody();
    let stolen = null;
    thief.on('request', (request) => {
      if (request.url().includes('/oidc/works/callback?')) stolen = request.url();
    });
    await comeThrough(thief, 'otto@works.example');
    await inside(thief);
    const other = await nobody();
    await other.goto(stolen);
    assert.ok(stolen.includes('code='));
    await other.getByText(text('sso.problem.lost')).waitFor();
    await other.goto('/conversations');
    await other.waitForURL(/\/sign-in/);

    const odd = await nobody();
    await odd.goto('/sign-in?problem=something_new');
    await odd.getByText(text('sso.problem.other')).waitFor();
    await odd.waitForURL(/\/sign-in$/);
  },
);

claim(
  'a second factor is asked for after the provider, when the organisation wants one',
  here,
  async ({ vault, nobody }) => {
    const setting = async (value) =>
      vault.api('admin', '/settings', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', 'if-match': '*' },
        body: JSON.stringify({ organisation: { second_factor: value } }),
      });
    await setting('always');
    try {
      const page = await nobody();
      await comeThrough(page, 'otto@works.example', { to: '/account' });
      await page.getByRole('heading', { name: text('steps.enrolment.title') }).waitFor();
      await page.waitForURL(/\/sign-in\?next=%2Faccount$/);
      await screenshot(page, 'after the provider light');
      const secret = (await page.locator('code').innerText()).replaceAll(' ', '');
      const code = execFileSync('oathtool', ['--totp', '--base32', secret], { encoding: 'utf8' }).trim();
      await page.getByLabel(text('field.code'), { exact: true }).fill(code);
      await button(page, 'steps.action').click();
      await page.getByLabel(text('recovery.kept')).check();
      await button(page, 'steps.action').click();
      // They are where they wanted to go.
      await page.waitForURL(/\/account$/);
      await page.getByText(/Otto Ruiz/).first().waitFor();
    } finally {
      await setting('off');
    }
  },
);

claim('who signed in at the provider too long ago is asked there again', here, async ({ nobody }) => {
  const page = await nobody();
  await comeThrough(page, 'nadia@works.example');
  await inside(page);
  const begins = async (path) => {
    await page.goto(path);
    await field(page, 'field.email').fill('nadia@works.example');
    await field(page, 'field.email').press('Tab');
    await page.getByRole('button', { name: begin }).click();
  };
  // The provider knows them still, and sends them back at once.
  await begins('/sign-in');
  await inside(page);
  await begins('/sign-in?problem=too_long_ago');
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  await beAtProvider(page);
  await inside(page);
});

claim('somebody proves anew at the provider who they are', here, async ({ vault, nobody }) => {
  const page = await nobody();
  await comeThrough(page, 'nadia@works.example');
  await inside(page);
  // An hour can't be waited for here: the first answer says what the server would say then.
  let asked = 0;
  await page.route('**/api/v1/account/factors', async (route) => {
    if (route.request().method() !== 'POST' || (asked += 1) > 1) return route.continue();
    const problem = { type: 'about:blank', title: 'x', status: 403, detail: 'x', code: 'step_up_needed' };
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    });
  });
  await page.goto('/account');
  const before = await vault.api('admin', '/ledger/events?kind=step_up');
  await button(page, 'account.add_app').click();
  const dialog = page.getByRole('dialog', { name: text('prove.title') });
  await dialog.getByText(text('sso.prove.lost')).waitFor();
  await screenshot(page, 'prove at provider light');
  await assertAccessible(page, 'proving at the provider who one is');
  await dialog.getByRole('button', { name: text('sso.prove.action', { name: 'Works' }) }).click();
  // Asked anew, although the provider knows them.
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  await beAtProvider(page);
  await page.waitForURL(/\/account$/);
  const after = await vault.api('admin', '/ledger/events?kind=step_up');
  assert.equal(after.items.length, before.items.length + 1);
  page.complaints.length = 0;

  // Whoever turns back there is still who they are here.
  asked = 0;
  await page.reload();
  await button(page, 'account.add_app').click();
  await dialog.getByRole('button', { name: text('sso.prove.action', { name: 'Works' }) }).click();
  await page.getByRole('button', { name: 'No', exact: true }).click();
  await page.getByText(text('sso.problem.declined')).waitFor();
  await screenshot(page, 'proof declined light');
  await page.getByRole('link', { name: text('sso.back_inside') }).click();
  await inside(page);

  // Somebody else there is nobody who may prove it here; and who was there before is signed out everywhere.
  asked = 0;
  await page.goto('/account');
  await button(page, 'account.add_app').click();
  await dialog.getByRole('button', { name: text('sso.prove.action', { name: 'Works' }) }).click();
  await beAtProvider(page, 'otto@works.example');
  await page.getByText(text('sso.problem.somebody_else')).waitFor();
  await page.goto('/conversations');
  await page.waitForURL(/\/sign-in/);
  page.complaints.length = 0;
});

claim(
  'signing out goes on at the provider, and signing out there ends the session here',
  here,
  async ({ nobody }) => {
    const page = await nobody();
    await comeThrough(page, 'nadia@works.example');
    await inside(page);
    await page.getByRole('button', { name: /Nadia Berg/ }).click();
    await button(page, 'nav.sign_out').click();
    await page.getByRole('heading', { name: 'Sign out' }).waitFor();
    // The provider sees its own token again, and took it: a wrong one it refuses.
    assert.match(new URL(page.url()).searchParams.get('id_token_hint') ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await title(page, text('sign_in.title'));
    await page.goto('/conversations');
    await page.waitForURL(/\/sign-in/);

    await comeThrough(page, 'nadia@works.example');
    await inside(page);
    const there = await page.context().newPage();
    await there.goto(`${openid.issuer}/session/end?client_id=${CLIENT.id}`);
    await there.getByRole('button', { name: 'Sign out' }).click();
    await eventually(() => assert.ok(openid.told.includes('backchannel'), openid.told.join('\n')));
    await page.goto('/conversations');
    await page.waitForURL(/\/sign-in/);
  },
);

claim(
  'a provider that people come in through is switched off and deleted',
  here,
  async ({ vault, nobody, signIn }) => {
    const page = await signIn('admin');
    await page.goto(`/sign-in-providers/${await providerId(vault)}`);
    await button(page, 'sso.switch_off').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: text('sso.switch_off') })
      .click();
    await page.getByText(text('sso.switched_off', { name: 'Works' })).waitFor();
    const late = await nobody();
    await late.goto('/sign-in');
    await field(late, 'field.email').fill('nadia@works.example');
    const answered = late.waitForResponse(/session\/ways/);
    await field(late, 'field.email').press('Tab');
    await answered;
    assert.equal(await late.getByRole('button', { name: begin }).count(), 0);
    await button(page, 'role.delete').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: text('role.delete') })
      .click();
    // Somebody loses what it gave them: that is shown first.
    await apply(page);
    await page.getByText(text('sso.deleted', { name: 'Works' })).waitFor();
    const { items } = await vault.api('admin', '/users?q=nadia');
    assert.deepEqual([items[0].assignments, items[0].identities], [[], []]);
  },
);
