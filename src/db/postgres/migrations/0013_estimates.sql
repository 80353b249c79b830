CREATE TABLE "durations" (
	"kind" text COLLATE "C" NOT NULL,
	"slot" integer NOT NULL,
	"ms" double precision NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "durations_kind_slot_pk" PRIMARY KEY("kind","slot")
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "estimate" json;