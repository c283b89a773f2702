/** Claims about what somebody is offered to prove who they are, and about the bytes of passkeys. */
import { describe, expect, it } from 'vitest';
import { base64urlOf, bytesOf } from '../api/passkey';
import { waysOf } from './Code';
import { deviceName } from './usePasskeys';

describe('what can be shown', () => {
  it('is what somebody has, passkeys first, and a recovery code always', () => {
    expect(waysOf(['app', 'passkey'], true)).toEqual(['passkey', 'code', 'recovery_code']);
    expect(waysOf(['app'], true)).toEqual(['code', 'recovery_code']);
    expect(waysOf(['passkey'], true)).toEqual(['passkey', 'recovery_code']);
  });

  it('is no passkey where this browser or address has none', () => {
    expect(waysOf(['app', 'passkey'], false)).toEqual(['code', 'recovery_code']);
    expect(waysOf(['passkey'], false)).toEqual(['recovery_code']);
  });
});

describe('a device', () => {
  it('is called by what everybody knows of it', () => {
    expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)')).toBe('iPhone');
    expect(deviceName('Mozilla/5.0 (Linux; Android 16)')).toBe('Android');
    expect(deviceName('Mozilla/5.0 (X11; Linux x86_64)')).toBe('Linux');
    expect(deviceName('Something')).toBe('');
  });
});

describe('bytes of a passkey', () => {
  it('come and go as text without padding', () => {
    for (const text of ['', 'AQ', 'AQI', 'AQID', '_-8', 'AQIDBA'])
      expect(base64urlOf(bytesOf(text).buffer), text).toBe(text);
    expect([...bytesOf('_-8')]).toEqual([255, 239]);
  });
});
