/** Why somebody takes something away, for the ledger. It knows nothing of what. */
import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface ReasonFieldProps {
  reason: string;
  setReason: (reason: string) => void;
}

export function ReasonField({ reason, setReason }: ReasonFieldProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('reason.label')}
      description={t('reason.hint')}
      maxLength={1000}
      value={reason}
      onChange={(event) => setReason(event.currentTarget.value)}
    />
  );
}

/** The reason as it is sent: none when nothing was said. */
export const said = (reason: string) => reason.trim() || undefined;
