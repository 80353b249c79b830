CREATE TABLE "tenants" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"weight" double precision NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "tenants_weight" CHECK (weight > 0 AND weight <= 1000000)
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"tenant" text COLLATE "C" PRIMARY KEY NOT NULL,
	"served_at" bigint NOT NULL
);
--> statement-breakpoint
DROP INDEX "jobs_waiting";--> statement-breakpoint
DROP INDEX "submissions_by_time";--> statement-breakpoint
DROP INDEX "submissions_by_end";--> statement-breakpoint
CREATE UNIQUE INDEX "turns_by_time" ON "turns" USING btree ("served_at");--> statement-breakpoint
CREATE INDEX "jobs_waiting" ON "jobs" USING btree ("tenant","created_at","id","run_at","model") WHERE state = 'QUEUED';--> statement-breakpoint
CREATE INDEX "submissions_by_time" ON "submissions" USING btree ("counted_at","ended_at","tenant");--> statement-breakpoint
CREATE INDEX "submissions_by_end" ON "submissions" USING btree ("ended_at","tenant");
