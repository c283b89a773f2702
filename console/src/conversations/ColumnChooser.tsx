/** Which columns the list shows; kept in this browser. */
import { ActionIcon, Button, Checkbox, Popover, Stack, Text, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Column, columnsAtFirst } from './columns';

interface ColumnChooserProps {
  columns: Column[];
  shown: string[];
  setShown: (ids: string[]) => void;
}

export function ColumnChooser({ columns, shown, setShown }: ColumnChooserProps) {
  const { t } = useTranslation();
  return (
    <Popover position="bottom-end" trapFocus width={220}>
      <Popover.Target>
        <Tooltip label={t('list.columns')}>
          <ActionIcon variant="default" size={34} aria-label={t('list.columns')}>
            <IconColumns3 size={18} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('list.columns')}>
        <Stack gap={8}>
          <Text size="sm" fw={600}>
            {t('list.columns')}
          </Text>
          {columns
            .filter((column) => !column.fixed)
            .map((column) => (
              <Checkbox
                key={column.id}
                size="sm"
                label={t(`column.${column.id}`)}
                checked={shown.includes(column.id)}
                onChange={(event) =>
                  setShown(
                    event.currentTarget.checked
                      ? [...shown, column.id]
                      : shown.filter((id) => id !== column.id),
                  )
                }
              />
            ))}
          <Button variant="subtle" size="compact-sm" onClick={() => setShown(columnsAtFirst)}>
            {t('list.columns_reset')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
