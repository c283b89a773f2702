SELECT (extract(epoch FROM '{time}'::timestamptz) * 1000000)::bigint * 1024
