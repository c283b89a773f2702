SELECT encode(id, 'hex') FROM organisations LIMIT 1
