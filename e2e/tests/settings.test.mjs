/** Settings: the bar wakes when something changed, a save is seen by everybody, and others' changes aren't lost. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { assertAccessible } from '../harness/axe.mjs';
import { screenshot, VIEWS } from '../harness/browser.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

const update = (page) => page.getByRole('button', { name: text('settings.update'), exact: true });
const bar = (page) => page.getByRole('region', { name: text('settings.bar') });
const patch = (vault, body) =>
  vault.api('admin', '/settings', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', 'if-match': '*' },
    body: JSON.stringify(body),
  });
const hours = (page) => page.getByRole('textbox', { name: 'Sign out in any case after' });

async function open(page) {
  await page.goto('/settings');
  await page.getByRole('heading', { level: 1, name: text('settings.title') }).waitFor();
  await hours(page).waitFor();
}

claim('a setting is changed, told in words, saved and restored', here, async ({ vault, signIn }) => {
  const page = await signIn('admin');
  await open(page);
  assert.equal(await update(page).count(), 0);
  await hours(page).fill('8');
  await bar(page).getByText('Sign out in any case after: 12 hours (default) → 8 hours').waitFor();
  await screenshot(page, 'settings changed');
  await assertAccessible(page, 'settings with a change');
  await update(page).click();
  await page.getByText(text('settings.saved')).waitFor();
  await update(page).waitFor({ state: 'detached' });
  const shown = await vault.api('admin', '/settings');
  const saved = shown.sections
    .flatMap((section) => section.settings)
    .find((one) => one.key === 'session_hours');
  assert.deepEqual([saved.value, saved.origin], [8, 'organisation']);
  await page.getByRole('button', { name: text('settings.restore_defaults') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: text('settings.restore'), exact: true }).click();
  await page.getByText(text('settings.restored')).waitFor();
  await page.waitForFunction(
    (label) => document.querySelector(`[aria-label="${label}"]`)?.value.startsWith('12'),
    'Sign out in any case after',
  );
  const history = await vault.api('admin', '/settings/history');
  assert.equal(history.items[0].restored_version, 0);
});

claim(
  'what is changed back is no change, and what does not fit is said at its field',
  here,
  async ({ signIn }) => {
    const page = await signIn('admin');
    await open(page);
    await hours(page).fill('9000');
    await page.getByText('A whole number from 1 to 168 is expected.').waitFor();
    assert.ok(await update(page).isDisabled());
    await hours(page).fill('12');
    await update(page).waitFor({ state: 'detached' });
    await hours(page).fill('9');
    await page.getByRole('button', { name: text('settings.discard') }).click();
    await update(page).waitFor({ state: 'detached' });
    assert.match(await hours(page).inputValue(), /^12/);
  },
);

claim(
  'what another administrator saved meanwhile is shown and not overwritten',
  here,
  async ({ vault, signIn }) => {
    const page = await signIn('admin');
    await open(page);
    await patch(vault, { organisation: { session_idle_minutes: 45 } });
    await hours(page).fill('10');
    const conflict = page.getByRole('alert');
    await conflict.getByText(/Sign out when idle for: .*45 minutes/).waitFor();
    assert.ok(await update(page).isDisabled());
    await screenshot(page, 'settings conflict');
    await assertAccessible(page, 'settings with a conflict');
    await page.getByRole('button', { name: text('settings.conflict.action') }).click();
    await bar(page)
      .getByText(/→ 10 hours/)
      .waitFor();
    await update(page).click();
    await page.getByText(text('settings.saved')).waitFor();
    const shown = await vault.api('admin', '/settings');
    const value = (key) =>
      shown.sections.flatMap((section) => section.settings).find((one) => one.key === key).value;
    assert.deepEqual([value('session_idle_minutes'), value('session_hours')], [45, 10]);
    await patch(vault, {
      organisation: { session_idle_minutes: null, session_hours: null },
    });
  },
);

claim(
  'a channel has its own value, and numbers of it are hidden at once',
  here,
  async ({ vault, signIn }) => {
    const page = await signIn('admin');
    await open(page);
    const numbers = 'Hide phone numbers';
    await page
      .getByRole('checkbox', {
        name: text('settings.own_value_of', {
          name: text('channel.voice'),
          setting: numbers,
        }),
      })
      .check();
    await page
      .getByRole('switch', {
        name: text('settings.of_channel', {
          name: text('channel.voice'),
          setting: numbers,
        }),
      })
      .check({ force: true });
    await bar(page).getByText('Hide phone numbers, for calls: off (as the organisation) → on').waitFor();
    await update(page).click();
    await page.getByText(text('settings.saved')).waitFor();
    await screenshot(page, 'settings channel');
    const listed = await vault.api('admin', '/conversations?limit=200');
    for (const row of listed.items)
      for (const number of [row.from_number, row.to_number]) assert.match(number ?? '•••', /^•••\d{0,3}$/);
    await page.goto('/conversations');
    await page.getByText(/•••\d/).first().waitFor();
    await screenshot(page, 'list with hidden numbers');
    await patch(vault, { channels: { voice: { mask_numbers: null } } });
  },
);

claim(
  'the organisation decides on language and zone for those who have chosen none',
  here,
  async ({ vault, signIn }) => {
    await patch(vault, {
      organisation: { language: 'de', time_zone: 'Pacific/Auckland' },
    });
    const page = await signIn('admin');
    await page.goto('/settings');
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    await page.getByText('Bei Untätigkeit abmelden nach').first().waitFor();
    await screenshot(page, 'settings German');
    await assertAccessible(page, 'settings in German');
    await page.getByRole('button', { name: vault.user('admin').email ? /Ines|Albrecht/ : /./ }).first().click();
  await page.getByText('Zeiten in Pacific/Auckland').waitFor();
  await patch(vault, { organisation: { language: null, time_zone: null } });
  },
);

claim('the page of settings works by keyboard', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await open(page);
  await hours(page).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('11');
  await bar(page)
    .getByText(/→ 11 hours/)
    .waitFor();
  await page.getByRole('button', { name: text('settings.discard') }).focus();
  await page.keyboard.press('Enter');
  await bar(page).waitFor({ state: 'detached' });
});

claim('who does not manage settings is not offered them', here, async ({ signIn }) => {
  const page = await signIn('analyst');
  await page.goto('/conversations');
  await page.getByRole('heading', { level: 1, name: text('list.title') }).waitFor();
  assert.equal(await page.getByRole('link', { name: text('nav.settings'), exact: true }).count(), 0);
  await page.goto('/settings');
  await page.getByText(text('error.denied.title')).waitFor();
});

claim('only a listed site may show the console inside', here, async ({ vault, nobody }) => {
  const outside = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(
      `<!doctype html><title>CRM</title><iframe title="inside" width="900" height="600" src="${vault.url}"></iframe>`,
    );
  });
  await new Promise((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${outside.address().port}`;
  try {
    const page = await nobody();
    const inside = page.frameLocator('iframe').getByRole('button', { name: text('sign_in.action') });
    await page.goto(origin);
    await page.waitForLoadState('networkidle');
    assert.equal(await inside.count(), 0, 'it was shown while embedding was off');
    await patch(vault, {
      organisation: { embedding: true, embedding_origins: [origin] },
    });
    await page.goto(origin);
    await inside.waitFor();
    await patch(vault, {
      organisation: { embedding: null, embedding_origins: null },
    });
    // Browsers say aloud that a frame was refused.
    page.complaints = page.complaints.filter((complaint) => !complaint.includes('frame-ancestors'));
  } finally {
    outside.close();
  }
});

for (const [view, options] of Object.entries(VIEWS))
  claim(`settings: no axe violation, ${view}`, here, async ({ signIn }) => {
    const page = await signIn('admin', options);
    await open(page);
    await page
      .getByText(text('settings.no_history'))
      .or(page.getByText(text('settings.in_force')))
      .first()
      .waitFor();
    await screenshot(page, `settings ${view}`);
    await assertAccessible(page, 'settings');
  });
