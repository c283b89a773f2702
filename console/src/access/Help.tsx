/**
 * Who can help somebody before a closed gate: those who may change what the gate stands on.
 * It names no person, because not everybody may know who administers what.
 */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Gate } from '../api/client';

const helpers: Partial<Record<Gate['gate'], string>> = {
  account: 'why.help.users',
  role_and_scope: 'why.help.roles',
  access_group_rows: 'why.help.access_groups',
  access_group_columns: 'why.help.access_groups',
};

export function Help({ gates }: { gates: Gate[] }) {
  const { t } = useTranslation();
  const closed = gates.filter((gate) => gate.outcome === 'failed');
  const texts = [...new Set(closed.flatMap((gate) => helpers[gate.gate] ?? []))];
  return texts.map((text) => (
    <Text key={text} size="sm" maw={460}>
      {t(text)}
    </Text>
  ));
}
