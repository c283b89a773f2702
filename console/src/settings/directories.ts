/** What groups of a directory give, as a list of choices, and back. Knows no page. */
import type { IdentityProvider, IdentityProviderWish } from '../api/client';
import { draftOf, wishOf } from '../identity/providers/draft';

type Mapping = IdentityProvider['mappings'][number];

/** A mapping as a choice; nothing for one that a list of choices can't show, which stays as it is. */
function choiceOf(mapping: Mapping): string | null {
  if (mapping.role && (mapping.limit ?? 'none') === 'none') return `role:${mapping.role}`;
  if (mapping.group && mapping.belongs_as === 'member') return `member:${mapping.group}`;
  return null;
}

export const givenBy = (provider: IdentityProvider, group: string): string[] =>
  provider.mappings
    .filter((mapping) => mapping.value === group)
    .map(choiceOf)
    .filter((choice) => choice !== null);

/** The provider with other choices for one of its groups, as it is sent. */
export function withGiven(provider: IdentityProvider, group: string, given: string[]): IdentityProviderWish {
  const others = provider.mappings.filter((mapping) => mapping.value !== group || choiceOf(mapping) === null);
  const chosen = given.map((choice): Mapping => {
    const [kind, id = ''] = choice.split(/:(.*)/s);
    return kind === 'role' ? { value: group, role: id } : { value: group, group: id, belongs_as: 'member' };
  });
  return { ...wishOf(draftOf(provider), provider.state), mappings: [...others, ...chosen] };
}

/** What stands in addresses for a name. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
