/** Hearing a recording, from the sign-in link to the ledger. */
import assert from 'node:assert/strict';
import { openLink, screenshot } from '../harness/browser.mjs';
import { eventually, lengthOf, passes, playerOf, playFirst, secondsOf } from '../harness/player.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

claim('a sign-in link opens the conversation list', here, async ({ vault, nobody }) => {
  const page = await nobody();
  await openLink(page, vault.user('manager').sign_in_link);
  const rows = page.getByRole('table').getByRole('row');
  await eventually(async () => assert.ok((await rows.count()) > 3));
  assert.ok(!page.url().includes('#'), 'the token is gone from the address');
  await screenshot(page, 'list');
});

claim('a recording plays in the browser', here, async ({ signIn }) => {
  const page = await signIn('admin');
  const ranges = [];
  page.on('response', (response) => {
    if (response.url().endsWith('/audio')) ranges.push(response.status());
  });
  await playFirst(page);
  await passes(page, 2);
  assert.ok(ranges.length > 0 && ranges.every((status) => status === 206), `ranges were answered ${ranges}`);
  await screenshot(page, 'playing');
});

claim('a click on the waveform seeks, and playing goes on from there', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await playFirst(page);
  const { position } = playerOf(page);
  const length = await lengthOf(page);
  const box = await position.boundingBox();
  await page.mouse.click(box.x + box.width * 0.6, box.y + box.height / 3);
  const sought = await secondsOf(page);
  assert.ok(Math.abs(sought - length * 0.6) <= length * 0.05 + 1, `${sought} s isn't at 60 % of ${length} s`);
  await passes(page, sought + 1);
});

claim('the keyboard plays, pauses and seeks, and is off while typing', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await playFirst(page);
  const { play, pause } = playerOf(page);
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('Space');
  await play.waitFor();
  const stopped = await secondsOf(page);
  await page.keyboard.press('ArrowRight');
  await eventually(async () => assert.ok(Math.abs((await secondsOf(page)) - (stopped + 5)) <= 1));
  const note = page.getByRole('textbox', { name: text('notes.text') });
  await note.fill('');
  await note.pressSequentially('a b');
  assert.equal(await note.inputValue(), 'a b');
  assert.equal(await pause.count(), 0, 'a space in a note started the player');
});

claim('the question mark lists the keys', here, async ({ signIn }) => {
  const page = await signIn('admin');
  await playFirst(page);
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: text('keys.title') }).waitFor();
});

claim('a listening stands in the ledger once, however many ranges it took', here, async ({ vault, signIn }) => {
  const page = await signIn('supervisor');
  await playFirst(page);
  const conversation = page.url().match(/conversations\/([0-9a-f-]+)/)[1];
  const { position } = playerOf(page);
  const box = await position.boundingBox();
  await page.mouse.click(box.x + box.width * 0.8, box.y + box.height / 3);
  await page.mouse.click(box.x + box.width * 0.3, box.y + box.height / 3);
  await eventually(async () => {
    const history = await vault.api('admin', `/conversations/${conversation}/history`);
    const listenings = history.items.filter(
      (event) => event.kind === 'recording_play' && event.actor.name === vault.user('supervisor').name,
    );
    assert.equal(listenings.length, 1);
    assert.equal(listenings[0].outcome, 'success');
  });
});

claim('the ledger page shows who listened', here, async ({ vault, signIn }) => {
  const listener = await signIn('admin');
  await playFirst(listener);
  const page = await signIn('admin');
  await page.goto('/ledger');
  const kinds = await vault.api('admin', '/ledger/kinds');
  assert.ok(kinds.items.some((kind) => kind.kind === 'recording_play'));
  await page.getByText('recording_play').or(page.getByText(/listened/i)).first().waitFor();
  await page.getByText(vault.user('admin').name).first().waitFor();
  await screenshot(page, 'ledger');
});
