/**
 * What is typed of a provider: how it begins, what differs from what is saved, and how it is sent.
 * It shows nothing and asks for nothing.
 */
import type { IdentityProvider, IdentityProviderWish, ProviderMapping } from '../../api/client';
import { attributes, type Guide, type Protocol, suggestions } from './guides';

export type Gives = 'role' | 'member' | 'supervisor';
/** What a group or role of the provider gives, as it is typed. */
export interface MappingDraft {
  value: string;
  gives: Gives;
  role: string | null;
  limit: 'none' | 'supervised' | 'groups';
  group: string | null;
}
export interface ProviderDraft {
  name: string;
  slug: string;
  guide: Guide;
  protocol: Protocol;
  domains: string[];
  issuer: string;
  client_id: string;
  /** Empty: it stays as it is. */
  client_secret: string;
  scopes: string[];
  entity_id: string;
  sign_in_url: string;
  logout_url: string;
  logout_answer_url: string;
  /** PEM, one below the other. */
  certificates: string;
  metadata_url: string;
  encrypted_only: boolean;
  takes_unasked: boolean;
  asked_context: string;
  email_claim: string;
  name_claim: string;
  groups_claim: string;
  vouches_for_email: boolean;
  creates_users: boolean;
  second_factor_counts: boolean;
  second_factor_contexts: string[];
  sign_in_hours_max: number;
  mappings: MappingDraft[];
}
export type Field = keyof ProviderDraft;

export const emptyMapping: MappingDraft = {
  value: '',
  gives: 'role',
  role: null,
  limit: 'none',
  group: null,
};

const noSaml = {
  entity_id: '',
  sign_in_url: '',
  logout_url: '',
  logout_answer_url: '',
  certificates: '',
  metadata_url: '',
  encrypted_only: false,
  takes_unasked: false,
  asked_context: '',
};

function samlOf({ saml }: IdentityProvider) {
  if (!saml) return noSaml;
  return {
    entity_id: saml.entity_id,
    sign_in_url: saml.sign_in_url,
    logout_url: saml.logout_url ?? '',
    logout_answer_url: saml.logout_answer_url ?? '',
    certificates: saml.certificates.map((certificate) => certificate.trim()).join('\n'),
    metadata_url: saml.metadata_url ?? '',
    encrypted_only: saml.encrypted_only ?? false,
    takes_unasked: saml.takes_unasked ?? false,
    asked_context: saml.asked_context ?? '',
  };
}

/** Certificates of a text: those between their lines, or the whole where there are no such lines. */
export function certificatesOf(text: string): string[] {
  const armoured = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return armoured ?? (text.trim() === '' ? [] : [text.trim()]);
}

function samlWish(draft: ProviderDraft) {
  const filled = (name: 'logout_url' | 'logout_answer_url' | 'metadata_url' | 'asked_context') =>
    draft[name].trim() === '' ? {} : { [name]: draft[name].trim() };
  return {
    entity_id: draft.entity_id.trim(),
    sign_in_url: draft.sign_in_url.trim(),
    ...filled('logout_url'),
    ...filled('logout_answer_url'),
    ...filled('metadata_url'),
    certificates: certificatesOf(draft.certificates),
    encrypted_only: draft.encrypted_only,
    takes_unasked: draft.takes_unasked,
    ...filled('asked_context'),
  };
}

/** What a provider of this kind begins with. */
export function draftFor(guide: Guide, protocol: Protocol, name: string): ProviderDraft {
  const suggested = suggestions[guide];
  const saml = protocol === 'saml';
  const { email, name: called, groups } = saml ? attributes[guide] : { ...suggested, name: 'name' };
  return {
    name,
    slug: guide === 'other' ? '' : guide,
    guide,
    protocol,
    domains: [],
    issuer: suggested.issuer ?? '',
    client_id: '',
    client_secret: '',
    scopes: suggested.scopes,
    ...noSaml,
    email_claim: email,
    name_claim: called,
    groups_claim: groups,
    // A SAML provider is believed for the name by which somebody signs in there.
    vouches_for_email: !saml && suggested.vouches,
    creates_users: false,
    second_factor_counts: false,
    second_factor_contexts: [],
    sign_in_hours_max: 0,
    mappings: [],
  };
}

function mappingOf({ value, role, limit, group, belongs_as }: ProviderMapping): MappingDraft {
  return {
    value,
    gives: belongs_as ?? 'role',
    role: role ?? null,
    limit: limit ?? 'none',
    group: group ?? null,
  };
}

export function draftOf(provider: IdentityProvider): ProviderDraft {
  return {
    name: provider.name,
    slug: provider.slug,
    guide: provider.guide,
    protocol: provider.protocol,
    domains: provider.domains,
    issuer: provider.oidc?.issuer ?? '',
    client_id: provider.oidc?.client_id ?? '',
    client_secret: '',
    scopes: provider.oidc?.scopes ?? [],
    ...samlOf(provider),
    email_claim: provider.claims.email ?? '',
    name_claim: provider.claims.name ?? '',
    groups_claim: provider.claims.groups ?? '',
    vouches_for_email: provider.vouches_for_email,
    creates_users: provider.creates_users,
    second_factor_counts: provider.second_factor_counts,
    second_factor_contexts: provider.second_factor_contexts,
    sign_in_hours_max: provider.sign_in_hours_max,
    mappings: provider.mappings.map(mappingOf),
  };
}

function mappingWish({ value, gives, role, limit, group }: MappingDraft): ProviderMapping {
  const named = group === null ? {} : { group };
  if (gives !== 'role') return { value: value.trim(), belongs_as: gives, ...named };
  return { value: value.trim(), role: role ?? '', limit, ...(limit === 'groups' ? named : {}) };
}

export function wishOf(draft: ProviderDraft, state: IdentityProvider['state']): IdentityProviderWish {
  const oidc = { issuer: draft.issuer.trim(), client_id: draft.client_id.trim(), scopes: draft.scopes };
  return {
    name: draft.name.trim(),
    slug: draft.slug.trim(),
    guide: draft.guide,
    protocol: draft.protocol,
    domains: draft.domains,
    ...(draft.protocol === 'oidc' ? { oidc } : {}),
    ...(draft.protocol === 'saml' ? { saml: samlWish(draft) } : {}),
    ...(draft.client_secret ? { client_secret: draft.client_secret } : {}),
    claims: {
      email: draft.email_claim.trim(),
      name: draft.name_claim.trim(),
      groups: draft.groups_claim.trim(),
    },
    vouches_for_email: draft.vouches_for_email,
    creates_users: draft.creates_users,
    second_factor_counts: draft.second_factor_counts,
    second_factor_contexts: draft.second_factor_contexts,
    sign_in_hours_max: draft.sign_in_hours_max,
    mappings: draft.mappings.map(mappingWish),
    state,
  };
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The fields in which two drafts differ. */
export function changed(from: ProviderDraft, to: ProviderDraft): Field[] {
  return (Object.keys(to) as Field[]).filter((field) => !same(from[field], to[field]));
}

/** What was typed, on top of what somebody else saved meanwhile. */
export function onTop(theirs: ProviderDraft, base: ProviderDraft, typed: ProviderDraft): ProviderDraft {
  return Object.assign(
    { ...theirs },
    ...changed(base, typed).map((field) => ({ [field]: typed[field] })),
  ) as ProviderDraft;
}
