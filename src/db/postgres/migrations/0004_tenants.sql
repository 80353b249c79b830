CREATE TABLE "changes" (
	"transaction" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "changes_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"job_id" text COLLATE "C" NOT NULL,
	"tenant" text COLLATE "C" NOT NULL,
	"version" integer NOT NULL,
	"at" bigint NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"message" text COLLATE "C" NOT NULL,
	CONSTRAINT "changes_transaction_sequence_pk" PRIMARY KEY("transaction","sequence"),
	CONSTRAINT "changes_state" CHECK (state IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED', 'DELETED'))
);
--> statement-breakpoint
INSERT INTO "changes" ("job_id", "tenant", "version", "at", "state", "message")
SELECT "job_id", 'local', "version", "at", "state", "message" FROM "timeline" ORDER BY "at", "job_id", "version";
--> statement-breakpoint
DROP TABLE "timeline" CASCADE;--> statement-breakpoint
DROP INDEX "jobs_by_creation";--> statement-breakpoint
DROP INDEX "jobs_by_update";--> statement-breakpoint
DROP INDEX "jobs_by_state";--> statement-breakpoint
DROP INDEX "jobs_by_model";--> statement-breakpoint
DROP INDEX "jobs_by_idempotency_key";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "tenant" text COLLATE "C" NOT NULL DEFAULT 'local';--> statement-breakpoint
ALTER TABLE "jobs" ALTER COLUMN "tenant" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "tenant" text COLLATE "C" NOT NULL DEFAULT 'local';--> statement-breakpoint
ALTER TABLE "submissions" ALTER COLUMN "tenant" DROP DEFAULT;--> statement-breakpoint
-- Of what was sent so far nobody can tell any more whether it is equal to something else.
ALTER TABLE "submissions" ADD COLUMN "fingerprint" text COLLATE "C" NOT NULL DEFAULT '';--> statement-breakpoint
ALTER TABLE "submissions" ALTER COLUMN "fingerprint" DROP DEFAULT;--> statement-breakpoint
CREATE UNIQUE INDEX "changes_by_version" ON "changes" USING btree ("job_id","version");--> statement-breakpoint
CREATE INDEX "changes_of_deletions" ON "changes" USING btree ("at") WHERE state = 'DELETED';--> statement-breakpoint
CREATE INDEX "jobs_by_state_update" ON "jobs" USING btree ("tenant","state","updated_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_model_update" ON "jobs" USING btree ("tenant","model","state","updated_at","id");--> statement-breakpoint
CREATE INDEX "jobs_waiting" ON "jobs" USING btree ("created_at","id") WHERE state = 'QUEUED';--> statement-breakpoint
CREATE INDEX "submissions_unsettled" ON "submissions" USING btree ("fingerprint") WHERE prediction_id IS NULL;--> statement-breakpoint
CREATE INDEX "jobs_by_creation" ON "jobs" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_update" ON "jobs" USING btree ("tenant","updated_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_state" ON "jobs" USING btree ("tenant","state","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_model" ON "jobs" USING btree ("tenant","model","state","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_by_idempotency_key" ON "jobs" USING btree ("tenant","idempotency_key") WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
ALTER TABLE "due" ADD CONSTRAINT "due_kind" CHECK (kind IN ('poll', 'copy'));--> statement-breakpoint
-- Rows that somebody broke by hand are put aside: the table refuses them from now on.
CREATE TABLE "unreadable_jobs" AS SELECT * FROM "jobs" WHERE (
	state IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')
	AND json_typeof(input) = 'object' AND json_typeof(outputs) = 'array'
	AND (error IS NULL OR json_typeof(error) = 'object') AND (archived IS NULL OR archived IN ('KEPT', 'LOST'))
) IS NOT TRUE;
--> statement-breakpoint
DELETE FROM "jobs" WHERE "id" IN (SELECT "id" FROM "unreadable_jobs");
--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_state" CHECK (state IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_input" CHECK (json_typeof(input) = 'object');--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_outputs" CHECK (json_typeof(outputs) = 'array');--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_archived" CHECK (archived IN ('KEPT', 'LOST'));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_error" CHECK (json_typeof(error) = 'object');