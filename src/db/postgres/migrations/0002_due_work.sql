CREATE TABLE "due" (
	"kind" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	"owner" text COLLATE "C",
	CONSTRAINT "due_id_kind_pk" PRIMARY KEY("id","kind")
);
--> statement-breakpoint
DROP INDEX "jobs_by_due";--> statement-breakpoint
CREATE INDEX "due_by_time" ON "due" USING btree ("kind","at");--> statement-breakpoint
ALTER TABLE "jobs" DROP COLUMN "lease_owner";--> statement-breakpoint
ALTER TABLE "jobs" DROP COLUMN "lease_until";--> statement-breakpoint
-- The queue of earlier versions held a copy of what the rows know.
DROP SCHEMA IF EXISTS "wavespeed_queue" CASCADE;
