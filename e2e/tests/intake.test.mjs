/** Putting recordings in and erasing them, as somebody with a key and a browser does. */
import assert from 'node:assert/strict';
import { eventually, passes, playerOf } from '../harness/player.mjs';
import { claim, useVault } from '../harness/suite.mjs';
import { text } from '../harness/texts.mjs';

const here = useVault();

/** A mono 16-bit WAV of a tone; each pitch is another recording. */
function tone(seconds, hertz) {
  const samples = seconds * 8000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1)
    wav.writeInt16LE(Math.round(Math.sin((at * hertz * 2 * Math.PI) / 8000) * 9000), 44 + at * 2);
  return wav;
}

async function upload(vault, bytes, metadata) {
  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
  form.append('audio', new Blob([bytes], { type: 'audio/wav' }), 'call.wav');
  return vault.api('admin', '/recordings', { method: 'POST', body: form });
}

async function ready(vault, id) {
  await eventually(async () => assert.equal((await vault.api('admin', `/conversations/${id}`)).status, 'ready'));
}

claim('an uploaded recording is found by its contact and heard', here, async ({ vault, signIn }) => {
  const sent = await upload(vault, tone(6, 440), { direction: 'inbound', from_number: '+49301112223', contact: 'Quillfeather' });
  await ready(vault, sent.conversation_id);
  const page = await signIn('admin');
  await page.goto('/conversations?q=quillfeather');
  await page.getByRole('table').getByText('Quillfeather').click();
  await playerOf(page).play.click();
  await passes(page, 2);
});

claim('the same bytes twice are one recording', here, async ({ vault }) => {
  const first = await upload(vault, tone(2, 523), {});
  const second = await upload(vault, tone(2, 523), {});
  assert.equal(second.duplicate, true);
  assert.equal(second.recording_id, first.recording_id);
});

claim('an unknown field of the metadata is refused by its name', here, async ({ vault }) => {
  await assert.rejects(upload(vault, tone(2, 587), { colour: 'blue' }), /422[^]*colour/);
});

claim('an erased recording can not be heard, and the page says so', here, async ({ vault, signIn }) => {
  const sent = await upload(vault, tone(3, 659), { contact: 'Ephemera' });
  await ready(vault, sent.conversation_id);
  const page = await signIn('admin');
  await page.goto(`/conversations/${sent.conversation_id}`);
  await page.getByRole('button', { name: text('delete.action'), exact: true }).click();
  const dialog = page.getByRole('dialog', { name: text('delete.title') });
  const final = dialog.getByRole('button', { name: text('delete.action_final') });
  assert.ok(await final.isDisabled(), 'erasing asks for the typed word first');
  await dialog.getByRole('textbox').last().fill(text('delete.word'));
  await final.click();
  await page.getByText(text('recording.erased.title')).waitFor();
  const status = await page.evaluate(
    async (path) => (await fetch(path)).status,
    `/api/v1/recordings/${sent.recording_id}/audio`,
  );
  assert.ok(status === 403 || status === 404, `the audio answered ${status}`);
  await page.goto('/conversations?q=ephemera');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const history = await vault.api('admin', `/conversations/${sent.conversation_id}/history`);
  assert.ok(history.items.some((event) => /delete|erase/.test(event.kind)));
});
