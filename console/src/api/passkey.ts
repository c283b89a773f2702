/**
 * Passkeys of this browser: what the server asks is handed to it, and its answer handed back, in the JSON of the Web
 * Authentication standard. It shows nothing, and knows no path.
 */
import type { components } from './schema';

type Schemas = components['schemas'];
export type PasskeyQuestion = Schemas['PasskeyQuestion'];
export type PasskeyAnswer = Schemas['PasskeyAnswer'];

/** Why there is no answer: called off or too late, one that is there already, or anything else. */
export type PasskeyTrouble = 'cancelled' | 'known' | 'failed';

export class PasskeyError extends Error {
  constructor(readonly trouble: PasskeyTrouble) {
    super(trouble);
    this.name = 'PasskeyError';
  }
}

/** Whether this browser has passkeys for this address at all. */
export const hasPasskeys = (): boolean =>
  window.isSecureContext && typeof window.PublicKeyCredential === 'function';

/** Whether it offers them where a name is typed. */
export async function offersWhileTyping(): Promise<boolean> {
  if (!hasPasskeys()) return false;
  const available = PublicKeyCredential.isConditionalMediationAvailable?.();
  return (await available?.catch(() => false)) ?? false;
}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function base64urlOf(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

interface Known {
  id: string;
  type: 'public-key';
  transports?: AuthenticatorTransport[];
}
interface Asked {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Known[];
  allowCredentials?: Known[];
}

/** What the server asks, with bytes where browsers want bytes. */
function asked(question: PasskeyQuestion) {
  const options = question.options as unknown as Asked;
  const known = (list: Known[] = []) => list.map((one) => ({ ...one, id: bytesOf(one.id) }));
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    ...(options.user ? { user: { ...options.user, id: bytesOf(options.user.id) } } : {}),
    excludeCredentials: known(options.excludeCredentials),
    allowCredentials: known(options.allowCredentials),
  };
}

function trouble(error: unknown): PasskeyError {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'InvalidStateError') return new PasskeyError('known');
  return new PasskeyError(name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'failed');
}

function answer(question: PasskeyQuestion, credential: PublicKeyCredential, response: object): PasskeyAnswer {
  const { id, type } = credential;
  const extensions = credential.getClientExtensionResults();
  const said = { id, rawId: base64urlOf(credential.rawId), type, response, extensions };
  return { challenge: question.challenge, credential: said as unknown as Record<string, never> };
}

/** Lets the browser make a passkey. */
export async function makePasskey(question: PasskeyQuestion): Promise<PasskeyAnswer> {
  const publicKey = asked(question) as unknown as PublicKeyCredentialCreationOptions;
  const made = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
    throw trouble(error);
  });
  if (!(made instanceof PublicKeyCredential)) throw new PasskeyError('failed');
  const response = made.response as AuthenticatorAttestationResponse;
  return answer(question, made, {
    clientDataJSON: base64urlOf(response.clientDataJSON),
    attestationObject: base64urlOf(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

/**
 * Lets the browser sign with a passkey. With a signal it waits, without showing anything, until one is chosen where a
 * name is typed.
 */
export async function showPasskey(
  question: PasskeyQuestion,
  whileTyping?: AbortSignal,
): Promise<PasskeyAnswer> {
  const publicKey = asked(question) as unknown as PublicKeyCredentialRequestOptions;
  const quietly = whileTyping ? { mediation: 'conditional' as const, signal: whileTyping } : {};
  const shown = await navigator.credentials.get({ publicKey, ...quietly }).catch((error: unknown) => {
    throw trouble(error);
  });
  if (!(shown instanceof PublicKeyCredential)) throw new PasskeyError('failed');
  const response = shown.response as AuthenticatorAssertionResponse;
  return answer(question, shown, {
    clientDataJSON: base64urlOf(response.clientDataJSON),
    authenticatorData: base64urlOf(response.authenticatorData),
    signature: base64urlOf(response.signature),
    userHandle: response.userHandle ? base64urlOf(response.userHandle) : null,
  });
}
