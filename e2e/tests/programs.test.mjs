/** How programs come in: what the page of API keys shows of it, and what it ends. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();
const json = { 'content-type': 'application/json' };

const make = (vault, name) =>
  vault.api('admin', '/api-keys', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name, role: 'supervisor', scopes: ['conversations.view'] }),
  });

async function token(vault, { id, key }) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: key });
  const answered = await fetch(`${vault.url}/oauth2/token`, { method: 'POST', body });
  assert.equal(answered.status, 200);
  return (await answered.json()).access_token;
}

const knock = async (vault, shown) =>
  (await fetch(`${vault.url}/api/v1/conversations`, { headers: { authorization: `Bearer ${shown}` } })).status;

claim('access tokens of a key are counted and ended', here, async ({ vault, signIn }) => {
  const made = await make(vault, 'Nightly');
  const tokens = [await token(vault, made), await token(vault, made)];
  assert.deepEqual([await knock(vault, tokens[0]), await knock(vault, tokens[1])], [200, 200]);
  const page = await signIn('admin');
  await page.goto('/api-keys');
  await page.getByRole('button', { name: 'End tokens: Nightly' }).click();
  const dialog = page.getByRole('dialog', { name: 'End tokens: Nightly' });
  await dialog.waitFor();
  await screenshot(page, 'ending tokens light');
  await assertAccessible(page, 'ending the tokens of a key');
  await dialog.getByRole('button', { name: text('keys_page.end_tokens'), exact: true }).click();
  await page.getByText(text('keys_page.tokens_ended')).waitFor();
  assert.deepEqual([await knock(vault, tokens[0]), await knock(vault, tokens[1])], [401, 401]);
  assert.equal(await knock(vault, made.key), 200);
});

for (const [name, view] of Object.entries(VIEWS)) {
  claim(`how a program comes in is shown (${name})`, here, async ({ vault, signIn }) => {
    await make(vault, `Import ${name}`);
    const page = await signIn('admin', view);
    await page.goto('/api-keys');
    await page.getByRole('heading', { name: text('keys_page.how.title') }).waitFor();
    for (const way of ['key', 'signed', 'oauth']) {
      await page.getByRole('heading', { name: text(`keys_page.how.${way}.title`), exact: true }).waitFor();
    }
    assert.match(await page.locator('pre').nth(1).innerText(), /soundkeep api-secret --id KEY_ID/);
    await screenshot(page, `how a program comes in ${name}`);
    await assertAccessible(page, `how a program comes in, ${name}`);
  });
}

claim('a key is bound to networks, which are tried before they are saved', here, async ({ vault, signIn }) => {
  const made = await make(vault, 'Bound');
  assert.equal(await knock(vault, made.key), 200);
  const page = await signIn('admin');
  await page.goto('/api-keys');
  const open = () => page.getByRole('button', { name: 'Networks: Bound' }).click();
  await open();
  const dialog = page.getByRole('dialog', { name: 'Networks: Bound' });
  const list = dialog.getByLabel(text('keys_page.networks'), { exact: true });
  const save = dialog.getByRole('button', { name: text('action.save') });
  await list.fill('203.0.113.0/24, somewhere');
  await save.click();
  const wrong = dialog.getByText('an address or network such as', { exact: false });
  await wrong.waitFor();
  assert.equal(await list.inputValue(), '203.0.113.0/24, somewhere', 'what was typed stays');
  await list.fill('203.0.113.0/24, 2001:db8::/32');
  await wrong.waitFor({ state: 'detached' });
  for (const [address, may] of [
    ['2001:db8::7', 'address_test.yes'],
    ['127.0.0.1', 'address_test.no'],
  ]) {
    await dialog.getByLabel(text('address_test.label')).fill(address);
    await page.keyboard.press('Enter');
    await dialog.getByText(text('address_test.key', { may: text(may) })).waitFor();
  }
  await dialog.getByText(text('address_test.unlisted')).waitFor();
  await screenshot(page, 'networks of a key light');
  await assertAccessible(page, 'the networks of a key');
  await save.click();
  await page.getByText(text('keys_page.networks_changed')).waitFor();
  await page.getByText('Only from 203.0.113.0/24, 2001:db8::/32').waitFor();
  assert.equal(await knock(vault, made.key), 403);
  await open();
  await list.fill('127.0.0.1');
  await save.click();
  await page.getByText('Only from 127.0.0.1').waitFor();
  assert.equal(await knock(vault, made.key), 200);

  const german = await signIn('admin', VIEWS.phone);
  await german.evaluate(() => localStorage.setItem('soundkeep.language', 'de'));
  await german.goto('/api-keys');
  await german.getByRole('button', { name: 'Netze: Bound' }).click();
  await german.getByRole('dialog').getByLabel('Netze', { exact: true }).waitFor();
  await screenshot(german, 'networks of a key German phone');
  await assertAccessible(german, 'the networks of a key, in German on a phone');
});
