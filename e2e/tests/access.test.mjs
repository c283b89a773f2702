/** What a role may not do, and how the console says so. */
import assert from 'node:assert/strict';
import { screenshot } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { pattern, text } from '../harness/texts.mjs';

const here = useVault();

async function everyConversation(vault, role) {
  const found = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = await vault.api(role, `/conversations?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}

claim('an analyst sees conversations and is told why they can not be played', here, async ({ signIn }) => {
  const page = await signIn('analyst');
  const locked = page.getByRole('button', { name: pattern('list.why_not_play') });
  await locked.first().waitFor();
  assert.equal(await page.getByRole('button', { name: pattern('list.play'), exact: true }).count(), 0);
  await locked.first().click();
  const gates = page.getByRole('dialog').getByRole('listitem');
  await gates.filter({ hasText: text('gate.role_and_scope') }).filter({ hasText: text('gate.outcome.failed') }).waitFor();
  await screenshot(page, 'why');
});

claim('the server refuses audio to an analyst, whatever the page shows', here, async ({ vault, signIn }) => {
  const page = await signIn('analyst');
  const { items } = await vault.api('analyst', '/conversations?status=ready');
  const id = items.find((conversation) => conversation.audio.recording_id).audio.recording_id;
  const answer = await page.evaluate(async (path) => {
    const response = await fetch(path);
    return { status: response.status, body: await response.json() };
  }, `/api/v1/recordings/${id}/audio`);
  assert.equal(answer.status, 403);
  assert.equal(answer.body.code, 'denied');
  assert.ok(answer.body.gates.some((gate) => gate.gate === 'role_and_scope' && gate.outcome === 'failed'));
});

claim('an agent sees own conversations and no others', here, async ({ vault, signIn }) => {
  const page = await signIn('agent');
  await page.getByRole('table').getByRole('row').nth(1).waitFor();
  const me = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
  const own = await page.evaluate(async () => (await (await fetch('/api/v1/conversations?limit=200')).json()).items);
  assert.ok(own.length > 0, 'the demo agent has conversations');
  for (const conversation of own)
    assert.ok(conversation.agents.some((agent) => agent.user_id === me.user.id), `${conversation.id} is somebody else's`);
  const all = await everyConversation(vault, 'admin');
  assert.ok(all.length > own.length);
});

claim("a conversation of somebody else's is as good as absent", here, async ({ vault, signIn }) => {
  const page = await signIn('agent');
  const me = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
  const all = await everyConversation(vault, 'admin');
  const foreign = all.find((conversation) => !conversation.agents.some((agent) => agent.user_id === me.user.id));
  const status = await page.evaluate(
    async (path) => (await fetch(path)).status,
    `/api/v1/conversations/${foreign.id}`,
  );
  assert.equal(status, 404);
  await page.goto(`/conversations/${foreign.id}`);
  await page.getByText(text('error.not_found.title')).waitFor();
});

claim("a supervisor sees the conversations of supervised groups, and no others", here, async ({ vault }) => {
  const { items } = await vault.api('admin', `/users?q=${encodeURIComponent(vault.user('supervisor').email)}`);
  const [supervisor] = items;
  const supervised = new Set(supervisor.supervises.map((group) => group.id));
  const seen = await everyConversation(vault, 'supervisor');
  assert.ok(seen.length > 0);
  for (const conversation of seen)
    assert.ok(
      conversation.groups.some((group) => supervised.has(group.id)) ||
        conversation.agents.some((agent) => agent.user_id === supervisor.id),
      `${conversation.id} is of no supervised group`,
    );
});

claim('the access page tells the gates of every permission', here, async ({ vault, signIn }) => {
  const { items } = await vault.api('analyst', '/conversations?limit=1');
  const page = await signIn('analyst');
  await page.goto(`/conversations/${items[0].id}?tab=access`);
  const panel = page.getByRole('tabpanel');
  await panel.getByText(text('access.denied'), { exact: true }).first().click();
  const gates = panel.getByRole('listitem').filter({ visible: true });
  await gates.filter({ hasText: text('gate.role_and_scope') }).filter({ hasText: text('gate.outcome.failed') }).waitFor();
  await screenshot(page, 'access');
});
