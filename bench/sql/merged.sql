SELECT ord FROM ({walks}) m ORDER BY ord DESC LIMIT {limit}
