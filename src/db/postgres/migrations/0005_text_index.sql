-- Which prompts may contain a text, three characters at a time: where the database has pg_trgm, and this user may add it.
-- Where not, searches read the jobs one after another. With btree_gin the index begins with the tenant.
DO $$
DECLARE
	begins text := '';
BEGIN
	CREATE EXTENSION IF NOT EXISTS pg_trgm;
	BEGIN
		CREATE EXTENSION IF NOT EXISTS btree_gin;
		begins := 'tenant, ';
	EXCEPTION WHEN OTHERS THEN
		RAISE NOTICE 'the index of texts does without btree_gin: %', SQLERRM;
	END;
	EXECUTE 'CREATE INDEX jobs_by_text ON jobs USING gin (' || begins || 'lower(prompt) gin_trgm_ops)';
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
	RAISE NOTICE 'there is no index of texts: %', SQLERRM;
END
$$;
