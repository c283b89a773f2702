/** Claims about what is typed of a provider and how it is sent. */
import { describe, expect, it } from 'vitest';
import type { IdentityProvider } from '../../api/client';
import { certificatesOf, changed, draftFor, draftOf, emptyMapping, onTop, wishOf } from './draft';
import { areComplete } from './MappingFields';

const provider: IdentityProvider = {
  id: 'p1',
  slug: 'works',
  name: 'Works',
  guide: 'keycloak',
  protocol: 'oidc',
  domains: ['works.example'],
  oidc: { issuer: 'https://login.works.example', client_id: 'soundkeep', scopes: ['email'] },
  has_secret: true,
  claims: { email: 'email', name: 'name', groups: 'realm_access.roles' },
  vouches_for_email: false,
  creates_users: true,
  second_factor_counts: true,
  second_factor_contexts: ['phr'],
  sign_in_hours_max: 8,
  mappings: [
    { value: 'a', role: 'analyst', limit: 'none' },
    { value: 'b', role: 'supervisor', limit: 'groups', group: 'g1' },
    { value: 'c', group: 'g2', belongs_as: 'member' },
  ],
  state: 'on',
  tested_at: null,
  addresses: { callback: 'x', sign_out: 'y' },
  version: 3,
} as IdentityProvider;

describe('a provider as it is typed', () => {
  it('is sent back as it came, without a secret that nobody typed', () => {
    const wish = wishOf(draftOf(provider), provider.state);
    for (const field of ['slug', 'guide', 'oidc', 'claims', 'domains', 'mappings', 'state'] as const)
      expect(wish[field], field).toEqual(provider[field]);
    expect('client_secret' in wish).toBe(false);
    expect(wishOf({ ...draftOf(provider), client_secret: 'typed' }, 'off').client_secret).toBe('typed');
  });

  it('begins with what fits the provider', () => {
    expect(draftFor('entra', 'oidc', 'x')).toMatchObject({
      email_claim: 'preferred_username',
      vouches_for_email: true,
    });
    expect(draftFor('google', 'oidc', 'x')).toMatchObject({
      groups_claim: '',
      issuer: 'https://accounts.google.com',
    });
    for (const guide of ['okta', 'google', 'keycloak', 'other'] as const)
      expect(draftFor(guide, 'oidc', 'x').vouches_for_email, guide).toBe(false);
  });

  it('keeps what somebody else saved where nothing else was typed', () => {
    const base = draftOf(provider);
    const typed = { ...base, issuer: 'https://other.example' };
    const theirs = { ...base, domains: ['works.example', 'more.example'], issuer: 'https://theirs.example' };
    expect(changed(base, typed)).toEqual(['issuer']);
    expect(onTop(theirs, base, typed)).toEqual({ ...theirs, issuer: 'https://other.example' });
  });

  it('is complete when each mapping says what gives what', () => {
    expect(areComplete(draftOf(provider).mappings)).toBe(true);
    const role = { ...emptyMapping, value: 'a', role: 'agent' };
    expect(areComplete([role])).toBe(true);
    expect(areComplete([{ ...role, value: ' ' }])).toBe(false);
    expect(areComplete([{ ...role, role: null }])).toBe(false);
    expect(areComplete([{ ...role, limit: 'groups' }])).toBe(false);
    expect(areComplete([{ ...role, gives: 'member' }])).toBe(false);
    expect(areComplete([{ ...role, gives: 'member', group: 'g1' }])).toBe(true);
  });

  it('sends what SAML needs, and nothing of OpenID Connect', () => {
    const saml = {
      entity_id: 'https://idp.example.org',
      sign_in_url: 'https://idp.example.org/sso',
      logout_url: 'https://idp.example.org/slo',
      certificates: [
        '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
        '-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----',
      ],
      encrypted_only: true,
      takes_unasked: false,
      asked_context: 'urn:x',
    };
    const wish = wishOf(draftOf({ ...provider, protocol: 'saml', oidc: null, saml }), 'off');
    expect(wish.saml).toEqual(saml);
    expect('oidc' in wish).toBe(false);
    expect(draftFor('entra', 'saml', 'x')).toMatchObject({
      groups_claim: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
      vouches_for_email: false,
    });
  });

  it('takes certificates apart, and one without its lines as it is', () => {
    const one = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
    expect(certificatesOf(`${one}\n\n${one}`)).toEqual([one, one]);
    expect(certificatesOf(' AAAA ')).toEqual(['AAAA']);
    expect(certificatesOf(' ')).toEqual([]);
  });
});
