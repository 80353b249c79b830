CREATE TABLE "jobs" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"model" text COLLATE "C" NOT NULL,
	"prompt" text COLLATE "C" NOT NULL,
	"input" json NOT NULL,
	"seed_drawn" boolean NOT NULL,
	"retry_of" text COLLATE "C",
	"idempotency_key" text COLLATE "C",
	"callback_token" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"submitted_at" bigint,
	"finished_at" bigint,
	"deadline_at" bigint,
	"prediction_id" text COLLATE "C",
	"vendor_status" text COLLATE "C",
	"outputs" json NOT NULL,
	"archived" text COLLATE "C",
	"inference_ms" double precision,
	"error" json,
	"run_at" bigint NOT NULL,
	"lease_owner" text COLLATE "C",
	"lease_until" bigint
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"job_id" text COLLATE "C" NOT NULL,
	"version" integer NOT NULL,
	"at" bigint NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"message" text COLLATE "C" NOT NULL,
	CONSTRAINT "timeline_job_id_version_pk" PRIMARY KEY("job_id","version")
);
--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "jobs_by_creation" ON "jobs" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_update" ON "jobs" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_state" ON "jobs" USING btree ("state","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_model" ON "jobs" USING btree ("model","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_submission" ON "jobs" USING btree ("submitted_at");--> statement-breakpoint
CREATE INDEX "jobs_by_retry" ON "jobs" USING btree ("retry_of") WHERE retry_of IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_by_idempotency_key" ON "jobs" USING btree ("idempotency_key") WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_to_archive" ON "jobs" USING btree ("finished_at") WHERE state = 'COMPLETED' AND archived IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_by_prediction" ON "jobs" USING btree ("prediction_id") WHERE prediction_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_by_due" ON "jobs" USING btree ("run_at") WHERE state IN ('SUBMITTING', 'CREATED', 'PROCESSING');