/** Signing in and out through a SAML provider, with npm's samlp on the other side. */
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { startProvider } from '../harness/samlp.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const idp = { at: null, id: null };
before(async () => (idp.at = await startProvider()));
after(async () => idp.at?.stop());

const json = (method, body) => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** What a page of ours asks of the API, with its session. */
const ask = (page, method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
      });
      return {
        status: answer.status,
        body: answer.status === 204 ? null : await answer.json(),
      };
    },
    [method, path, body],
  );

const wish = async (vault, more = {}) => ({
  slug: 'samlp',
  name: 'samlp',
  guide: 'other',
  protocol: 'saml',
  domains: [vault.user('agent').email.split('@')[1]],
  saml: {
    ...(await vault.api(
      'admin',
      '/identity-providers/metadata',
      json('POST', { document: await idp.at.metadata() }),
    )),
    ...more,
  },
});

/** Sets the provider up on both sides once: by metadata here, and by ours there. */
async function setUp(vault, signIn) {
  if (idp.id) return;
  const made = await vault.api('admin', '/identity-providers', json('POST', await wish(vault)));
  const metadata = await (await fetch(made.addresses.metadata)).text();
  const certificate = metadata.match(/<ds:X509Certificate>([^<]+)</)[1];
  const cert = `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
  idp.at.service = {
    entityId: made.addresses.metadata,
    acs: made.addresses.callback,
    slo: made.addresses.sign_out,
    cert,
    publicKey: createPublicKey(cert).export({ type: 'spki', format: 'pem' }),
  };
  // A test sign-in comes first.
  const page = await signIn('admin');
  idp.at.user = {
    name: vault.user('admin').email,
    attributes: { groups: ['Sales', 'Support'] },
  };
  const departure = await ask(page, 'POST', `/identity-providers/${made.id}/test`);
  assert.equal(departure.status, 200, JSON.stringify(departure.body));
  await page.goto(departure.body.address);
  await page.waitForURL(`${vault.url}/**`);
  const found = await ask(page, 'GET', `/identity-providers/${made.id}/test`);
  assert.equal(found.body.passed, true, JSON.stringify(found.body));
  assert.deepEqual(found.body.groups, ['Sales', 'Support']);
  assert.match(found.body.said.Response, /<saml:Assertion/);
  idp.id = made.id;
  await change(vault, {});
}

const change = async (vault, more) => {
  const options = json('PUT', { ...(await wish(vault, more)), state: 'on' });
  options.headers['if-match'] = '*';
  return vault.api('admin', `/identity-providers/${idp.id}`, options);
};

/** Begins a sign-in in a page and lets the browser go there and back. */
async function comeIn(page, vault, name) {
  idp.at.user = { name, attributes: {} };
  await page.goto('/sign-in');
  const departure = await ask(page, 'POST', '/session/provider', {
    provider: 'samlp',
    return_to: '/account',
  });
  assert.equal(departure.status, 200, JSON.stringify(departure.body));
  await page.goto(departure.body.address);
  await page.waitForURL(`${vault.url}/**`);
}

const whoIs = async (page) => {
  const me = await ask(page, 'GET', '/session');
  return me.status === 200 ? me.body.user.email : null;
};

claim(
  'somebody signs in through a SAML provider of another site, plain and encrypted',
  here,
  async ({ vault, signIn, nobody }) => {
    await setUp(vault, signIn);
    const { email } = vault.user('agent');
    for (const encrypts of [false, true]) {
      idp.at.encrypts = encrypts;
      const page = await nobody();
      await comeIn(page, vault, email);
      await page.waitForURL('**/account');
      assert.equal(await whoIs(page), email);
    }
    idp.at.encrypts = false;
  },
);

claim(
  'an answer that was used, or that another browser asked for, lets nobody in',
  here,
  async ({ vault, signIn, nobody }) => {
    await setUp(vault, signIn);
    const { email } = vault.user('agent');
    const page = await nobody();
    await comeIn(page, vault, email);
    assert.equal(await whoIs(page), email);
    const used = idp.at.answers.at(-1);
    const other = await nobody();
    await post(other, idp.at.service.acs, used);
    await other.waitForURL('**/sign-in?problem=*');
    assert.equal(await whoIs(other), null);
  },
);

/** Posts a form from the provider's site. */
async function post(page, to, fields) {
  await page.goto(idp.at.url);
  await page.evaluate(
    ([to, fields]) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: to });
      for (const [name, value] of Object.entries(fields)) {
        form.append(
          Object.assign(document.createElement('input'), {
            type: 'hidden',
            name,
            value,
          }),
        );
      }
      document.body.append(form);
      form.submit();
    },
    [to, fields],
  );
}

claim(
  'a provider sends somebody unasked only where it may, and once',
  here,
  async ({ vault, signIn, nobody }) => {
    await setUp(vault, signIn);
    const { email } = vault.user('agent');
    idp.at.user = { name: email, attributes: {} };
    const page = await nobody();
    await page.goto(`${idp.at.url}/unasked?to=/account`);
    await page.waitForURL('**/sign-in?problem=lost');
    await change(vault, { takes_unasked: true });
    await page.goto(`${idp.at.url}/unasked?to=/account`);
    await page.waitForURL(`${vault.url}/account`);
    assert.equal(await whoIs(page), email);
    const replayed = await nobody();
    await post(replayed, idp.at.service.acs, idp.at.answers.at(-1));
    await replayed.waitForURL('**/sign-in?problem=again');
    await change(vault, {});
  },
);

claim('signing out goes both ways', here, async ({ vault, signIn, nobody }) => {
  await setUp(vault, signIn);
  const { email } = vault.user('agent');
  const page = await nobody();
  await comeIn(page, vault, email);
  // The provider ends it, from a window of its own.
  const there = await nobody();
  const ended = await there.goto(`${idp.at.url}/slo`);
  assert.equal(ended.status(), 200, await ended.text());
  assert.equal(await whoIs(page), null);
  page.complaints.length = 0;

  // We tell the provider, which checks who asks and answers.
  await comeIn(page, vault, email);
  const { body } = await ask(page, 'GET', '/session/provider');
  assert.match(body.address, /\/slo\?SAMLRequest=/);
  await ask(page, 'DELETE', '/session');
  await page.goto(body.address);
  await page.waitForURL(`${vault.url}/sign-in`);
});

claim(
  'a SAML test shows the whole response, who would have come in, and why somebody would not',
  here,
  async ({ vault, signIn }) => {
    await setUp(vault, signIn);
    const page = await signIn('admin');
    const tryOut = async (name, attributes = {}) => {
      idp.at.user = { name, attributes };
      await page.goto(`/sign-in-providers/${idp.id}`);
      await page.getByRole('button', { name: text('sso.test.action') }).click();
      await page.waitForURL(/\?tested=1/);
    };
    const said = (key) => page.getByText(text(key), { exact: true });
    const row = (name) =>
      page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
    const { email } = vault.user('agent');
    await tryOut(email, { groups: ['Sales', 'Support'], department: 'North' });
    await said('sso.test.passed').waitFor();
    await page.getByText(email, { exact: true }).waitFor();
    await page.getByText(`Sales: ${text('sso.test.gives_nothing')}`).waitFor();
    await row('department').getByText('North').waitFor();
    await row('Response')
      .getByText(/<saml:Assertion.*<\/saml:Assertion>/s)
      .waitFor();
    await assertAccessible(page, 'a SAML test that passed');
    await screenshot(page, 'saml test passed light');

    await tryOut('eve@elsewhere.example');
    await said('sso.test.failed').waitFor();
    await page.getByText(/doesn.t vouch for addresses of this domain/i).waitFor();
    await row('Response')
      .getByText(/eve@elsewhere\.example/)
      .waitFor();

    // What isn't accepted is shown all the same, to whoever tries it out.
    const { service } = idp.at;
    idp.at.service = { ...service, entityId: 'urn:example:another-vault' };
    try {
      await tryOut(email);
      await said('sso.test.failed').waitFor();
      await screenshot(page, 'saml test audience light');
      await page
        .getByRole('status')
        .getByText(/audience|meant for/i)
        .waitFor();
      await row('Response')
        .getByText(/urn:example:another-vault/)
        .waitFor();
    } finally {
      idp.at.service = service;
    }
    for (const view of ['light', 'dark', 'phone']) {
      const other = view === 'light' ? page : await signIn('admin', VIEWS[view]);
      await other.goto(`/sign-in-providers/${idp.id}?tested=1`);
      await other.getByText(text('sso.test.failed'), { exact: true }).waitFor();
      await screenshot(other, `saml test refused ${view}`);
      await assertAccessible(other, `a SAML test that was refused, ${view}`);
    }
  },
);

claim('our certificate is copied and saved as a file for the provider', here, async ({ vault, signIn }) => {
  await setUp(vault, signIn);
  const { own_certificates: own } = await vault.api('admin', `/identity-providers/${idp.id}`);
  const page = await signIn('admin');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], {
    origin: vault.url,
  });
  await page.goto(`/sign-in-providers/${idp.id}`);
  await page.getByRole('button', { name: text('sso.saml.copy_pem') }).click();
  await page.getByRole('button', { name: text('action.copied') }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), own[0].pem);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: text('sso.saml.save_pem') }).click(),
  ]);
  assert.equal(file.suggestedFilename(), 'soundkeep-samlp.pem');
  const saved = await readFile(await file.path(), 'utf8');
  assert.equal(saved, own[0].pem);
  // It is the one with which we sign, as others read it.
  assert.equal(
    new X509Certificate(saved).publicKey.export({
      type: 'spki',
      format: 'pem',
    }),
    idp.at.service.publicKey,
  );
  await screenshot(page, 'saml certificates light');
  await assertAccessible(page, 'our certificate');
});

claim('a SAML provider is set up in the console from its metadata', here, async ({ signIn }) => {
  for (const [name, view] of Object.entries(VIEWS)) {
    const page = await signIn('admin', view);
    await page.goto('/sign-in-providers/new');
    await page.getByRole('radio', { name: text('sso.protocols.saml') }).click();
    const file = {
      name: 'idp.xml',
      mimeType: 'text/xml',
      buffer: Buffer.from('<html/>'),
    };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('This is no SAML metadata').waitFor();
    await page.locator('input[type=file]').setInputFiles({
      ...file,
      buffer: Buffer.from(await idp.at.metadata()),
    });
    await page.getByText(text('sso.saml.read_done')).waitFor();
    assert.equal(
      await page.getByRole('textbox', { name: text('sso.saml.entity_id') }).inputValue(),
      idp.at.issuer,
    );
    await assertAccessible(page, `a SAML provider, ${name}`);
    await screenshot(page, `saml provider new ${name}`);
    // The refused document is the test's own.
    page.complaints.length = 0;
  }
  const page = await signIn('admin');
  await page.goto('/sign-in-providers/new');
  await page.getByRole('radio', { name: text('sso.protocols.saml') }).click();
  const buffer = Buffer.from(await idp.at.metadata());
  await page.locator('input[type=file]').setInputFiles({ name: 'idp.xml', mimeType: 'text/xml', buffer });
  await page.getByText(text('sso.saml.read_done')).waitFor();
  await page.getByRole('combobox', { name: text('sso.domains') }).fill('console.example');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: text('action.save'), exact: true }).click();
  await page.getByText(text('sso.saml.ours')).waitFor();
  await assertAccessible(page, 'a SAML provider that is saved');
  await screenshot(page, 'saml provider saved');
  await page.getByRole('button', { name: text('sso.saml.publish') }).click();
  await page.getByText(text('sso.saml.use_text')).waitFor();
  await page.getByRole('button', { name: text('sso.saml.use') }).click();
  await page.getByText(text('sso.saml.publish_text')).waitFor();
});
