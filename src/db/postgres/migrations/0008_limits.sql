CREATE TABLE "usage" (
	"tenant" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"since" bigint NOT NULL,
	"times" integer NOT NULL,
	CONSTRAINT "usage_tenant_kind_pk" PRIMARY KEY("tenant","kind"),
	CONSTRAINT "usage_kind" CHECK (kind IN ('creation'))
);
--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "requests_per_second" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "cost_per_minute" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "creations_per_minute" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "waiting_jobs" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "running_jobs" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "streams" integer;