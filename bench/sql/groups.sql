SELECT encode(id, 'hex') FROM groups WHERE name IN ('Team 003', 'Team 170', 'Team 411') ORDER BY name
