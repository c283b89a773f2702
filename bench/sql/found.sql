SELECT ord FROM search_words WHERE words @@ '({groups}) & {words}'::tsquery ORDER BY ord DESC LIMIT {limit}
