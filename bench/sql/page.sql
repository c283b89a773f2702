-- A page of the list with groups, agents and tags of each row; {places} are its rows.
SELECT c.*,
  array(SELECT group_id FROM conversation_groups t WHERE t.organisation_id = c.organisation_id AND t.ord = c.ord) AS groups,
  array(SELECT user_id FROM conversation_agents t WHERE t.organisation_id = c.organisation_id AND t.ord = c.ord) AS agents,
  array(SELECT tag FROM conversation_tags t WHERE t.organisation_id = c.organisation_id AND t.ord = c.ord) AS tags
FROM conversations c WHERE c.ord IN ({places}) ORDER BY c.ord DESC;
