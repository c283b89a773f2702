/** Then: who could hear a conversation at a past time, by which ledger event, and who did. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

/** Asks as an administrator, and confirms what has to be confirmed. */
async function change(vault, method, path) {
  const send = (headers) => vault.api('admin', path, { method, headers });
  try {
    return await send({});
  } catch (error) {
    const token = /"token":"([^"]+)"/.exec(String(error.message))?.[1];
    if (!token) throw error;
    return send({ 'soundkeep-confirmation': token });
  }
}

async function openThen(page, id) {
  await page.goto(`/conversations/${id}?tab=access`);
  await page.getByText(text('access.then'), { exact: true }).click();
  await page.getByRole('heading', { name: text('then.title') }).waitFor();
}

/** A moment as a field of the page takes it. */
const typed = (page, moment) =>
  page.evaluate((at) => {
    const date = new Date(at);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }, moment.toISOString());

async function show(page, moment) {
  await page.getByLabel(text('then.at')).fill(await typed(page, moment));
  await page.getByRole('button', { name: text('then.show'), exact: true }).click();
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A supervisor hears a conversation, and loses their role two seconds later. */
async function heardAndLost(vault, signIn) {
  const { items } = await vault.api('supervisor', '/conversations?status=ready&limit=200');
  const conversation = items.find((one) => one.audio.may_play && one.groups.length > 0);
  const supervisor = await signIn('supervisor');
  const status = await supervisor.evaluate(
    async (path) => (await fetch(path)).status,
    `/api/v1/recordings/${conversation.audio.recording_id}/audio`,
  );
  assert.equal(status, 200);
  await wait(1500);
  const then = new Date();
  await wait(1500);
  const { email } = vault.user('supervisor');
  const [user] = (await vault.api('admin', `/users?q=${encodeURIComponent(email)}`)).items;
  for (const given of user.assignments)
    await change(vault, 'DELETE', `/users/${user.id}/assignments/${given.id}`);
  return { conversation, then, user };
}

claim('an administrator sees who could hear a conversation then, by which event, and who did', here, async ({ vault, signIn }) => {
  const { conversation, then, user } = await heardAndLost(vault, signIn);
  const page = await signIn('admin');
  await openThen(page, conversation.id);
  const row = page.getByRole('row').filter({ hasText: user.email });
  await page.getByRole('row').filter({ hasText: vault.user('admin').email }).waitFor();
  assert.equal(await row.count(), 0, 'the role is gone now');

  await show(page, then);
  await row.getByText(text('who.is.may'), { exact: true }).waitFor();
  await row.getByText(/role “Supervisor” allows it in conversations of the group/).waitFor();
  await row.getByText('Was given the role Supervisor').waitFor();
  await row.getByText(/^Supervisor of /).waitFor();
  const did = page.getByRole('region', { name: text('then.did') });
  const listening = did.getByRole('button').filter({ hasText: user.name });
  await listening.filter({ hasText: /listened to a recording/i }).waitFor();
  await screenshot(page, 'then');
  await assertAccessible(page, 'then');

  const cited = row.getByRole('button', { name: /Ledger event/ }).first();
  await cited.click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('role_change').waitFor();
  await drawer.getByText('supervisor', { exact: false }).first().waitFor();
  await page.keyboard.press('Escape');

  await show(page, new Date('2020-01-01T00:00:00Z'));
  await page.getByText(text('then.not_yet.title')).waitFor();
  assert.equal(await page.getByRole('table').count(), 0);
});

claim('who could hear it then is told in the dark, on a phone and in German', here, async ({ vault, signIn }) => {
  const { items } = await vault.api('admin', '/conversations?status=ready&limit=1');
  for (const name of ['dark', 'phone']) {
    const page = await signIn('admin', VIEWS[name]);
    await openThen(page, items[0].id);
    await page.getByRole('region', { name: text('then.could') }).getByText(vault.user('admin').email).waitFor();
    await screenshot(page, `then ${name}`);
    await assertAccessible(page, `then ${name}`);
  }
  const german = await signIn('admin', { ...VIEWS.light, locale: 'de-DE' });
  await german.goto(`/conversations/${items[0].id}?tab=access`);
  await german.getByText('Damals', { exact: true }).click();
  await german.getByRole('heading', { name: 'Wer das damals hören konnte' }).waitFor();
  await german.getByText(/Bekam die Rolle Admin/).first().waitFor();
  await screenshot(german, 'then german');
});
