/**
 * What differs from provider to provider: which steps lead there, what an issuer looks like, what to begin with.
 * The words of the steps stand among the texts.
 */
import type { IdentityProvider } from '../../api/client';

export type Guide = IdentityProvider['guide'];
export type Protocol = IdentityProvider['protocol'];
/** Our addresses that have to be known there. */
export type Address = 'callback' | 'sign_out';

export const guides: Guide[] = ['okta', 'entra', 'google', 'keycloak', 'other'];
/** In which ways people can come in. */
export const protocols: Protocol[] = ['oidc'];

/** The steps at the provider, each with the addresses that are copied in it. */
export const steps: Record<Guide, Address[][]> = {
  okta: [[], ['callback', 'sign_out'], [], [], []],
  entra: [['callback', 'sign_out'], [], [], []],
  google: [[], ['callback'], []],
  keycloak: [[], ['callback', 'sign_out'], [], []],
  other: [[], ['callback', 'sign_out'], [], []],
};

interface Suggestions {
  /** What an issuer looks like. */
  issuerLike: string;
  /** The issuer, where all have the same one. */
  issuer?: string;
  scopes: string[];
  email: string;
  /** Empty: it tells no groups. */
  groups: string;
  vouches: boolean;
}

export const suggestions: Record<Guide, Suggestions> = {
  okta: {
    issuerLike: 'https://example.okta.com',
    scopes: ['email', 'profile', 'groups'],
    email: 'email',
    groups: 'groups',
    vouches: false,
  },
  entra: {
    issuerLike: 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0',
    scopes: ['email', 'profile'],
    email: 'preferred_username',
    groups: 'groups',
    vouches: true,
  },
  google: {
    issuerLike: 'https://accounts.google.com',
    issuer: 'https://accounts.google.com',
    scopes: ['email', 'profile'],
    email: 'email',
    groups: '',
    vouches: false,
  },
  keycloak: {
    issuerLike: 'https://login.example.org/realms/staff',
    scopes: ['email', 'profile'],
    email: 'email',
    groups: 'groups',
    vouches: false,
  },
  other: {
    issuerLike: 'https://login.example.org',
    scopes: ['email', 'profile'],
    email: 'email',
    groups: 'groups',
    vouches: false,
  },
};

/** Our addresses before the server has told them: they follow from the short name. */
export function addressesOf(slug: string): Record<Address, string> | null {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(slug)) return null;
  const base = `${window.location.origin}/oidc/${slug}`;
  return { callback: `${base}/callback`, sign_out: `${base}/logout` };
}
