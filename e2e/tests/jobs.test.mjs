/** Conversations of nobody are given to whose they were, as a job whose progress is shown. */
import assert from 'node:assert/strict';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';
import { upload } from '../harness/upload.mjs';

const here = useVault();

claim('attribution is corrected by agent id, and the job page tells of it', here, async ({ vault, signIn }) => {
  for (const number of [1, 2, 3]) await upload(vault, { agent: 'desk-77', contact: `Lost ${number}` }, number);
  const page = await signIn('admin');
  await page.goto('/conversations?unattributed=true');
  await page.getByText('Lost 1').waitFor();
  await page.getByRole('button', { name: text('attribution.action') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('desk-77').waitFor();
  await dialog.getByRole('combobox', { name: text('attribution.whose', { label: 'desk-77' }) }).click();
  const agent = vault.user('agent');
  const { name } = (await vault.api('admin', `/users?q=${encodeURIComponent(agent.email)}`)).items[0];
  await page.getByRole('option', { name }).click();
  await screenshot(page, 'correct attribution light');
  await assertAccessible(page, 'correcting attribution');
  await dialog.getByRole('button', { name: text('attribution.correct_named', { label: 'desk-77' }) }).click();
  await dialog.getByText(`${text('job.state.done')} · 3 of 3`).waitFor();
  await screenshot(page, 'attribution corrected light');
  await dialog.getByRole('link', { name: text('jobs.title') }).click();
  await page.getByRole('heading', { level: 1, name: text('jobs.title') }).waitFor();
  await page.getByText(text('job.of_label', { label: 'desk-77', name })).waitFor();
  await screenshot(page, 'jobs light');
  await assertAccessible(page, 'jobs');
  const own = await signIn('agent');
  await own.getByText('Lost 1').waitFor();
  const left = await vault.api('admin', '/unattributed');
  assert.equal(left.items.some((item) => item.agent_label === 'desk-77'), false);
});

claim('who may not correct everything is not offered it', here, async ({ signIn }) => {
  const page = await signIn('analyst');
  await page.goto('/conversations?unattributed=true');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.equal(await page.getByRole('button', { name: text('attribution.action') }).count(), 0);
  assert.equal(await page.getByRole('link', { name: text('nav.jobs'), exact: true }).count(), 0);
});
