CREATE TABLE "submissions" (
	"job_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"attempt" integer NOT NULL,
	"begun_at" bigint NOT NULL,
	"sent_at" bigint,
	"counted_at" bigint NOT NULL,
	"prediction_id" text COLLATE "C",
	"ended_at" bigint
);
--> statement-breakpoint
DROP INDEX "jobs_by_submission";--> statement-breakpoint
CREATE INDEX "submissions_by_time" ON "submissions" USING btree ("counted_at");--> statement-breakpoint
CREATE INDEX "submissions_by_end" ON "submissions" USING btree ("ended_at");--> statement-breakpoint
CREATE INDEX "submissions_by_prediction" ON "submissions" USING btree ("prediction_id") WHERE prediction_id IS NOT NULL;--> statement-breakpoint
-- What the vendor may still be working on, and what counts in its minute.
INSERT INTO "submissions" (job_id, attempt, begun_at, sent_at, counted_at, prediction_id, ended_at)
SELECT id, version, submitted_at, submitted_at, submitted_at, prediction_id,
	CASE WHEN state IN ('SUBMITTING', 'CREATED', 'PROCESSING') OR (state = 'CANCELED' AND updated_at > CAST(extract(epoch FROM now()) * 1000 AS bigint) - 3600000)
		THEN NULL ELSE updated_at END
FROM "jobs" WHERE submitted_at IS NOT NULL
	AND (state IN ('SUBMITTING', 'CREATED', 'PROCESSING') OR updated_at > CAST(extract(epoch FROM now()) * 1000 AS bigint) - 86400000);
