/**
 * What differs from provider to provider: which steps lead there, what an issuer looks like, what to begin with.
 * The words of the steps stand among the texts.
 */
import type { IdentityProvider } from '../../api/client';

export type Guide = IdentityProvider['guide'];
export type Protocol = IdentityProvider['protocol'];
/** Our addresses that have to be known there. */
export type Address = 'callback' | 'sign_out' | 'metadata';

export const guides: Guide[] = ['okta', 'entra', 'google', 'keycloak', 'other'];
/** In which ways people can come in. */
export const protocols: Protocol[] = ['oidc', 'saml'];

/** The steps at the provider, each with the addresses that are copied in it. */
const samlSteps: Record<Guide, Address[][]> = {
  okta: [[], ['callback', 'metadata', 'sign_out'], [], []],
  entra: [[], ['metadata', 'callback', 'sign_out'], [], []],
  google: [[], ['callback', 'metadata'], []],
  keycloak: [['metadata'], ['callback', 'sign_out'], [], []],
  other: [['metadata'], ['callback', 'sign_out'], []],
};
const oidcSteps: Record<Guide, Address[][]> = {
  okta: [[], ['callback', 'sign_out'], [], [], []],
  entra: [['callback', 'sign_out'], [], [], []],
  google: [[], ['callback'], []],
  keycloak: [[], ['callback', 'sign_out'], [], []],
  other: [[], ['callback', 'sign_out'], [], []],
};

export function stepsOf(guide: Guide, protocol: Protocol): Address[][] {
  return (protocol === 'saml' ? samlSteps : oidcSteps)[guide];
}

/** Under which names SAML providers say what, once they are set up as their guide says. */
export const attributes: Record<Guide, { email: string; name: string; groups: string }> = {
  okta: { email: 'email', name: 'name', groups: 'groups' },
  entra: {
    email: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
    name: 'http://schemas.microsoft.com/identity/claims/displayname',
    groups: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
  },
  google: { email: 'email', name: 'name', groups: 'groups' },
  keycloak: { email: 'email', name: 'name', groups: 'groups' },
  other: { email: 'email', name: 'name', groups: 'groups' },
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
export function addressesOf(slug: string, protocol: Protocol): Partial<Record<Address, string>> | null {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(slug)) return null;
  if (protocol === 'saml') {
    const base = `${window.location.origin}/saml/${slug}`;
    return { callback: `${base}/acs`, sign_out: `${base}/slo`, metadata: `${base}/metadata` };
  }
  const base = `${window.location.origin}/oidc/${slug}`;
  return { callback: `${base}/callback`, sign_out: `${base}/logout` };
}
