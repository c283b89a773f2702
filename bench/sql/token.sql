SELECT t.lexeme FROM search_words s, conversation_groups g, unnest(s.words) t
WHERE g.group_id = '\x{group}' AND s.ord = g.ord AND t.lexeme LIKE '%{group}' LIMIT 1
