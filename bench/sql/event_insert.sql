INSERT INTO events (body) VALUES (repeat('x', 300));
