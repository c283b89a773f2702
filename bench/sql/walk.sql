(SELECT ord FROM conversation_groups WHERE organisation_id = '\x{organisation}' AND group_id = '\x{group}'{and} ORDER BY ord DESC LIMIT {limit})
