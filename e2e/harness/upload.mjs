/** Puts a recording in by API, as a program does: half a second of noise that no other number has. */
export async function upload(vault, metadata, number) {
  const samples = 4000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) wav.writeInt16LE(((at * (number * 7919 + 31)) % 6000) - 3000, 44 + at * 2);
  const form = new FormData();
  form.append('metadata', JSON.stringify(metadata));
  form.append('audio', new Blob([wav], { type: 'audio/wav' }), `call-${number}.wav`);
  return vault.api('admin', '/recordings', { method: 'POST', body: form });
}
