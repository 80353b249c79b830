CREATE TABLE "access_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"tenant" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"hint" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"scopes" json NOT NULL,
	"created_by" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	"last_used_at" bigint,
	CONSTRAINT "access_keys_scopes" CHECK (json_typeof(scopes) = 'array')
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"sequence" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" bigint NOT NULL,
	"tenant" text COLLATE "C" NOT NULL,
	"actor" text COLLATE "C" NOT NULL,
	"action" text COLLATE "C" NOT NULL,
	"target" text COLLATE "C",
	"address" text COLLATE "C",
	"result" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"hash" text COLLATE "C" PRIMARY KEY NOT NULL,
	"tenant" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"viewer_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"job_ids" json,
	"expires_at" bigint NOT NULL,
	"ends_at" bigint,
	CONSTRAINT "tickets_job_ids" CHECK (json_typeof(job_ids) = 'array')
);
--> statement-breakpoint
CREATE UNIQUE INDEX "access_keys_by_hash" ON "access_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "access_keys_by_tenant" ON "access_keys" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_by_tenant" ON "audit" USING btree ("tenant","sequence");--> statement-breakpoint
CREATE INDEX "tickets_by_time" ON "tickets" USING btree ("expires_at");--> statement-breakpoint
CREATE FUNCTION "keep_audit"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE EXCEPTION 'the audit log is only added to';
END $$;--> statement-breakpoint
CREATE TRIGGER "audit_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit" EXECUTE FUNCTION "keep_audit"();