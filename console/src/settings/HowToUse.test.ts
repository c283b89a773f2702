import { describe, expect, it } from 'vitest';
import { commands, waysTaken } from './HowToUse';

describe('how a program comes in', () => {
  it('is shown for the ways that the organisation takes', () => {
    expect(waysTaken('key')).toEqual(['key', 'signed', 'oauth']);
    expect(waysTaken('signed')).toEqual(['signed']);
    expect(waysTaken('oauth')).toEqual(['oauth']);
  });
  it('names the vault and the key, and no secret as an argument of ours', () => {
    const origin = 'https://vault.example.org';
    expect(commands('signed', origin, 'the-id')).toContain(
      `--id the-id \\\n  --audience ${origin} --key-file`,
    );
    expect(commands('oauth', origin, 'the-id')).toContain('--user the-id:KEY');
    expect(commands('oauth', origin, 'the-id')).toContain(`${origin}/oauth2/token`);
    expect(commands('key', origin, 'the-id')).toContain('Bearer KEY');
  });
});
