/** What a piece of the form gets: the draft, how it is changed, and what the server refused in it. */
import type { ProviderDraft } from './draft';

export interface FieldsProps {
  draft: ProviderDraft;
  set: (change: Partial<ProviderDraft>) => void;
  /** By the field's name in the contract. */
  errors: Record<string, string>;
}
