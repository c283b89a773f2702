/** Who may hear a conversation, what a user reaches, and a page that is refused: in words, with the rule, and no more. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { pattern, text } from '../harness/texts.mjs';

const here = useVault();
const said = async (page) => (await page.locator('main').innerText()).toString();

/** Asks as an administrator, and confirms what has to be confirmed. */
async function change(vault, method, path, body, headers = {}) {
  const send = (more) =>
    vault.api('admin', path, {
      method,
      headers: { 'content-type': 'application/json', ...headers, ...more },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  try {
    return await send({});
  } catch (error) {
    const token = /"token":"([^"]+)"/.exec(String(error.message))?.[1];
    if (!token) throw error;
    return send({ 'soundkeep-confirmation': token });
  }
}

async function silenced(vault) {
  await clear(vault);
  const { columns } = await vault.api('admin', '/access-groups');
  const shown = columns.map((one) => one.column).filter((one) => one !== 'playback' && one !== 'download');
  const targets = [{ kind: 'user', id: vault.user('manager').user_id }];
  const wish = { name: 'Reads, hears nothing', columns: shown, rows: { directions: ['inbound', 'outbound'] }, targets };
  return change(vault, 'POST', '/access-groups', wish);
}

async function clear(vault) {
  const { items } = await vault.api('admin', '/access-groups');
  for (const group of items)
    await change(vault, 'DELETE', `/access-groups/${group.id}`, undefined, { 'if-match': `"v${group.version}"` });
}

/** A ready conversation that an agent had, in a group. */
async function grouped(vault) {
  const { items } = await vault.api('admin', '/conversations?status=ready&limit=200');
  const fits = (one) =>
    one.groups.length > 0 && one.agents.length > 0 && ['inbound', 'outbound'].includes(one.direction);
  return items.find(fits);
}

async function openWho(page, conversation) {
  await page.goto(`/conversations/${conversation.id}?tab=access`);
  await page.getByText(text('access.who'), { exact: true }).click();
  await page.getByRole('heading', { name: text('who.title') }).waitFor();
}

const tile = (page, name) => page.getByRole('button', { name: pattern(name) });

claim('the page of a conversation tells who may hear it, through which rule, and who is held back', here, async ({ vault, signIn }) => {
  await silenced(vault);
  const conversation = await grouped(vault);
  const page = await signIn('admin');
  await openWho(page, conversation);
  const row = (name) => page.getByRole('table', { name: text('who.users') }).getByRole('row').filter({ hasText: name });
  const admin = vault.user('admin');
  await row(admin.email).getByText(text('who.is.may'), { exact: true }).waitFor();
  await row(admin.email).getByText(/role “Admin” allows it in every conversation/).waitFor();
  const manager = vault.user('manager');
  await row(manager.email).getByText(text('who.is.held_back'), { exact: true }).waitFor();
  await row(manager.email).getByText(/“Reads, hears nothing” hides the column “playback”/).waitFor();
  await screenshot(page, 'who may play');
  await assertAccessible(page, 'who may play');
  // Each count is a filter, and agrees with the list below it.
  await tile(page, 'who.see').click();
  await row(manager.email).getByText(text('who.is.may'), { exact: true }).waitFor();
  const agent = conversation.agents[0].name;
  await row(agent).getByText(/took part as the agent/).waitFor();
  await page.getByRole('combobox', { name: text('who.outcome') }).click();
  await page.getByRole('option', { name: text('who.wanted.may'), exact: true }).click();
  const counted = Number.parseInt((await tile(page, 'who.see').innerText()).match(/(\d+) (person|people)/)[1], 10);
  const people = page.getByRole('table', { name: text('who.users') }).getByRole('row');
  await assert.doesNotReject(people.nth(counted).waitFor());
  assert.equal(await people.count(), counted + 1);
  await page.getByRole('searchbox', { name: text('who.search') }).fill(agent.slice(0, 5));
  await people.nth(2).waitFor({ state: 'detached' });
  await row(agent).waitFor();
  // From there to what that person reaches.
  await row(agent).getByRole('link', { name: agent }).click();
  await page.getByRole('heading', { name: text('reach.title') }).waitFor();
  await page.getByText(/Only those they took part in as the agent, through the role “Agent”/).first().waitFor();
  await clear(vault);
});

claim('the page of a user tells what they reach and what narrows it', here, async ({ vault, signIn }) => {
  await silenced(vault);
  const page = await signIn('admin');
  await page.goto(`/users/${vault.user('manager').user_id}`);
  await page.getByRole('heading', { name: text('reach.title') }).waitFor();
  await page.getByText(/Every conversation, through the role “Manager”/).first().waitFor();
  await page.getByText(/In none of them: .*“Reads, hears nothing” hides the column “playback”/).first().waitFor();
  await page.getByText('Only conversations that are: inbound, outbound.').waitFor();
  await page.getByRole('link', { name: 'Reads, hears nothing' }).waitFor();
  await page.getByRole('heading', { name: text('reach.title') }).scrollIntoViewIfNeeded();
  await screenshot(page, 'reach of a manager');
  await assertAccessible(page, 'reach of a manager');
  await page.goto(`/users/${vault.user('supervisor').user_id}`);
  await page.getByText(/Those of groups/).first().waitFor();
  await clear(vault);
});

claim('in the dark and on a phone, who and reach are as readable', here, async ({ vault, signIn }) => {
  await silenced(vault);
  const conversation = await grouped(vault);
  for (const [name, view] of [['dark', VIEWS.dark], ['phone', VIEWS.phone]]) {
    const page = await signIn('admin', view);
    await openWho(page, conversation);
    await page.getByRole('table', { name: text('who.users') }).waitFor();
    await page.getByRole('heading', { name: text('who.title') }).scrollIntoViewIfNeeded();
    await screenshot(page, `who ${name}`);
    await assertAccessible(page, `who ${name}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
    await page.goto(`/users/${vault.user('manager').user_id}`);
    await page.getByText(text('reach.narrowed')).scrollIntoViewIfNeeded();
    await screenshot(page, `reach ${name}`);
    await assertAccessible(page, `reach ${name}`);
  }
  await clear(vault);
});

claim('a page that is refused says which gate is closed and who can help', here, async ({ signIn }) => {
  const page = await signIn('analyst');
  await page.goto('/users');
  const alert = page.getByRole('alert');
  await alert.getByText(text('error.denied.title')).waitFor();
  await alert.getByText('None of your roles allows you to manage users and roles.').first().waitFor();
  await alert.getByText(text('gate.role_and_scope')).waitFor();
  await alert.getByText(text('why.help.roles')).waitFor();
  await screenshot(page, 'refused');
  await assertAccessible(page, 'refused');
  page.complaints.splice(0);
});

claim('who may not ask for others sees no list, and of a rule that narrows them no more than that', here, async ({ vault, signIn }) => {
  const conversation = await grouped(vault);
  const analyst = await signIn('analyst');
  await analyst.goto(`/conversations/${conversation.id}?tab=access`);
  await analyst.getByRole('heading', { name: text('access.title_you') }).waitFor();
  assert.equal(await analyst.getByText(text('access.who'), { exact: true }).count(), 0);
  const { columns } = await vault.api('admin', '/access-groups');
  const shown = columns.map((one) => one.column).filter((one) => one !== 'playback');
  const targets = [{ kind: 'role', id: 'supervisor' }];
  await change(vault, 'POST', '/access-groups', { name: 'Secret rule', columns: shown, targets });
  const supervisor = await signIn('supervisor');
  const locked = supervisor.getByRole('button', { name: pattern('list.why_not_play') });
  await locked.first().click();
  await supervisor.getByRole('dialog').getByText('A rule decides this that you may not see.').waitFor();
  await supervisor.getByRole('dialog').getByText(text('why.help.access_groups')).waitFor();
  assert.ok(!(await said(supervisor)).includes('Secret rule'));
  await screenshot(supervisor, 'rule hidden');
  await clear(vault);
});
