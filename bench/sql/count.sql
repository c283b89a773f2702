SELECT count(*) FROM ({places}) c;
